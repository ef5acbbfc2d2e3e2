package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.reduction.Softmax;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import java.util.List;

/// Gradient of softmax along a dimension: `dX = Y (dY - Σ Y dY)`, `Y` the softmax.
///
/// - the products may be rounded before they are added, and `Y dY - Y Σ Y dY` is as legitimate
/// - any numbers will do for `Y`; the formula is what is judged
/// - source: derivative of ONNX Softmax-13; inputs as of SoftmaxGrad_13 in ONNX Runtime
public final class SoftmaxGrad extends LineGradient {
    /// Whether the sum is taken away; the gradient is not that of a softmax otherwise.
    private final boolean projects;

    public SoftmaxGrad() {
        this(true);
    }

    private SoftmaxGrad(boolean projects) {
        super(
                "softmax_grad",
                new About(
                        "dX = Y (dY - Σ Y dY)",
                        "derivative of ONNX Softmax-13; inputs as of SoftmaxGrad_13 in ONNX Runtime",
                        About.Errors.COMPOSITE),
                "the softmax");
        this.projects = projects;
    }

    @Override
    public Operator forward() {
        return new Softmax();
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        LineArithmetic arithmetic = arithmetic(call, contract);
        return lines(call, inputs, (dy, y) -> {
            Estimate dot = projects ? RowSums.dot(dy, y, arithmetic) : Estimate.exact(0);
            return i -> RowSums.centred(y[i], dy[i], dot, arithmetic);
        });
    }

    /// Probabilities that add up to about 1, where a recipe is about the values of `dY`.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        boolean plain =
                Fills.nameOf(dataSet).equals("normal") || Fills.nameOf(dataSet).equals("uniform");
        double length = Math.max(1, shape(call).rank() == 0 ? 1 : shape(call).dim(axis(call)));
        return input.equals("Y") && plain ? Fills.of("uniform", 0, 2 / length) : super.fill(call, input, dataSet);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of(Rereading.of(call, inputs)
                .as("terms-missing", "the sum over the line is not taken away")
                .by(new SoftmaxGrad(false)));
    }
}
