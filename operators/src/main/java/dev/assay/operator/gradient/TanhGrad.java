package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Rereading;
import dev.assay.operator.elementwise.Tanh;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Gradient of the hyperbolic tangent from its output: `dX = dY · (1 - Y²)`.
///
/// - source: derivative of ONNX Tanh-13; torch.ops.aten.tanh_backward, PyTorch 2.9
public final class TanhGrad extends OutputGradient {
    public TanhGrad() {
        super(
                "tanh_grad",
                about("dX = dY · (1 - Y²)", "torch.ops.aten.tanh_backward, PyTorch 2.9"),
                "hyperbolic tangent");
    }

    @Override
    public Operator forward() {
        return new Tanh();
    }

    @Override
    double flops() {
        return 3;
    }

    @Override
    List<Formula> formulas(Call call, WorkingArithmetic arithmetic) {
        return List.of(x -> {
            Approx product = x[0].times(arithmetic.constant(1).minus(x[1].squared()));
            return product.orOverflowing(x[0].minus(x[0].times(x[1].squared())));
        });
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Tensor y = inputs.get("Y");
        return List.of(Rereading.of(call, inputs)
                .input("Y", y.dtype(), y.shape(), n -> Math.tanh(y.get(n)))
                .as("other-operator", "the hyperbolic tangent is applied once more"));
    }
}
