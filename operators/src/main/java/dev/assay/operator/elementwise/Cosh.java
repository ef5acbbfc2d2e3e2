package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Function: `Y = cosh(X)`.
///
/// - source: ONNX Cosh-22
public final class Cosh extends Elementwise {
    public Cosh() {
        super("cosh", "Cosh", about("Y = cosh(X)", "ONNX Cosh-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 10;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(Math::cosh);
    }
}
