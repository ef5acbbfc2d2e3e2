package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Rereading;
import dev.assay.operator.elementwise.Relu;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Gradient of the rectifier from its output: `dX = dY` where `Y > 0`, and 0 elsewhere.
///
/// - at 0 the gradient is 0; where `Y` is NaN it is `dY`
/// - source: derivative of ONNX Relu-14; torch.ops.aten.threshold_backward with threshold 0, PyTorch 2.9
public final class ReluGrad extends OutputGradient {
    public ReluGrad() {
        super(
                "relu_grad",
                new About(
                        "dX = dY where Y > 0, otherwise 0",
                        "torch.ops.aten.threshold_backward, PyTorch 2.9",
                        About.Errors.EXACT),
                "rectified input");
    }

    @Override
    public Operator forward() {
        return new Relu();
    }

    @Override
    double flops() {
        return 1;
    }

    @Override
    List<Formula> formulas(Call call, WorkingArithmetic arithmetic) {
        return List.of(x -> x[1].value() <= 0 ? arithmetic.of(0) : x[0]);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Tensor y = inputs.get("Y");
        return List.of(Rereading.of(call, inputs)
                .input("Y", y.dtype(), y.shape(), n -> y.get(n) == 0 ? 1 : y.get(n))
                .as("off-by-one", "the gradient passes at 0"));
    }
}
