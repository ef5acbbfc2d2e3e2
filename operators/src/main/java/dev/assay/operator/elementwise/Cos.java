package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Function: `Y = cos(X)`.
///
/// - source: ONNX Cos-22
public final class Cos extends Elementwise {
    public Cos() {
        super("cos", "Cos", about("Y = cos(X)", "ONNX Cos-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 10;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(Math::cos);
    }
}
