package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Function: `Y = atan(X)`.
///
/// - source: ONNX Atan-22
public final class Atan extends Elementwise {
    public Atan() {
        super("atan", "Atan", about("Y = atan(X)", "ONNX Atan-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 10;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(Math::atan);
    }
}
