package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Rereading;
import dev.assay.operator.elementwise.Sigmoid;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Gradient of the logistic function from its output: `dX = dY · Y · (1 - Y)`.
///
/// - source: derivative of ONNX Sigmoid-13; torch.ops.aten.sigmoid_backward, PyTorch 2.9
public final class SigmoidGrad extends OutputGradient {
    public SigmoidGrad() {
        super(
                "sigmoid_grad",
                about("dX = dY · Y · (1 - Y)", "torch.ops.aten.sigmoid_backward, PyTorch 2.9"),
                "sigmoid");
    }

    @Override
    public Operator forward() {
        return new Sigmoid();
    }

    @Override
    double flops() {
        return 3;
    }

    @Override
    List<Formula> formulas(Call call, WorkingArithmetic arithmetic) {
        return List.of(x -> {
            Approx rest = arithmetic.constant(1).minus(x[1]);
            Approx other = x[0].times(rest).times(x[1]);
            // As Y - Y², which loses digits next to 1.
            Approx difference = x[0].times(x[1].minus(x[1].squared()));
            return x[0].times(x[1]).times(rest).orOverflowing(other).orOverflowing(difference);
        });
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Tensor y = inputs.get("Y");
        return List.of(Rereading.of(call, inputs)
                .input("Y", y.dtype(), y.shape(), n -> 1 / (1 + Math.exp(-y.get(n))))
                .as("other-operator", "the logistic function is applied once more"));
    }
}
