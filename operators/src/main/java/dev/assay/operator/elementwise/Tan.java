package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Function: `Y = tan(X)`.
///
/// - source: ONNX Tan-22
public final class Tan extends Elementwise {
    public Tan() {
        super("tan", "Tan", about("Y = tan(X)", "ONNX Tan-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 10;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(Math::tan);
    }
}
