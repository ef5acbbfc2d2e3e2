package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Piecewise quadratic swish: `Y = X · max(0, min(1, X / 6 + 1/2))`.
///
/// - source: ONNX HardSwish-22
public final class HardSwish extends Elementwise {
    public HardSwish() {
        super(
                "hard_swish",
                "HardSwish",
                about("Y = X · max(0, min(1, X / 6 + 1/2))", "ONNX HardSwish-22"),
                unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 5;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x ->
                x[0].times(x[0].times(1 / 6.0).plus(0.5).min(arithmetic.of(1)).max(arithmetic.of(0)));
    }
}
