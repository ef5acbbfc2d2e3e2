package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Function: `Y = sinh(X)`.
///
/// - source: ONNX Sinh-22
public final class Sinh extends Elementwise {
    public Sinh() {
        super("sinh", "Sinh", about("Y = sinh(X)", "ONNX Sinh-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 10;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(Math::sinh);
    }
}
