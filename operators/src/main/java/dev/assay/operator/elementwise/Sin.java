package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Function: `Y = sin(X)`.
///
/// - source: ONNX Sin-22
public final class Sin extends Elementwise {
    public Sin() {
        super("sin", "Sin", about("Y = sin(X)", "ONNX Sin-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 10;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(Math::sin);
    }
}
