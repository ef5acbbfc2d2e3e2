package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.reduction.LogSoftmax;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import java.util.List;

/// Gradient of the logarithm of softmax along a dimension: `dX = dY - exp(Y) Σ dY`, `Y` the logarithms.
///
/// - source: derivative of ONNX LogSoftmax-13; inputs as of LogSoftmaxGrad_13 in ONNX Runtime
public final class LogSoftmaxGrad extends LineGradient {
    /// Whether the sum is taken away.
    private final boolean projects;

    public LogSoftmaxGrad() {
        this(true);
    }

    private LogSoftmaxGrad(boolean projects) {
        super(
                "log_softmax_grad",
                new About(
                        "dX = dY - exp(Y) Σ dY",
                        "derivative of ONNX LogSoftmax-13; inputs as of LogSoftmaxGrad_13 in ONNX Runtime",
                        About.Errors.COMPOSITE),
                "the logarithms of the softmax");
        this.projects = projects;
    }

    @Override
    public Operator forward() {
        return new LogSoftmax();
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        LineArithmetic arithmetic = arithmetic(call, contract);
        double relative = arithmetic.function(contract.expUlps());
        return lines(call, inputs, (dy, y) -> {
            Estimate sum = projects ? arithmetic.sum(dy) : Estimate.exact(0);
            return i -> {
                DoubleDouble p = Double.isFinite(y[i]) ? DoubleDouble.of(y[i]).exp() : DoubleDouble.of(Math.exp(y[i]));
                boolean exact = y[i] == 0 || y[i] == Double.NEGATIVE_INFINITY;
                Estimate e = exact
                        ? Estimate.exact(p)
                        : new Estimate(
                                p,
                                relative * p.hi(),
                                arithmetic.quantum(),
                                relative * p.hi() / RuleConstants.roundingRms(),
                                0);
                Estimate product = arithmetic.times(e, sum);
                Estimate taken = new Estimate(
                        product.value().negated(),
                        product.sigma(),
                        product.certain(),
                        product.systematic(),
                        product.doubts());
                return arithmetic.plus(Estimate.exact(dy[i]), taken);
            };
        });
    }

    /// Logarithms of probabilities that add up to about 1, where a recipe is about the values of `dY`.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        boolean plain =
                Fills.nameOf(dataSet).equals("normal") || Fills.nameOf(dataSet).equals("uniform");
        double length = Math.max(1, shape(call).rank() == 0 ? 1 : shape(call).dim(axis(call)));
        double middle = -Math.log(length);
        return input.equals("Y") && plain
                ? Fills.of("uniform", middle - 1, middle + 0.5)
                : super.fill(call, input, dataSet);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of(Rereading.of(call, inputs)
                .as("terms-missing", "the sum over the line is not taken away")
                .by(new LogSoftmaxGrad(false)));
    }
}
