package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Inverse hyperbolic sine: `Y = asinh(X)`.
///
/// - source: ONNX Asinh-22
public final class Asinh extends Elementwise {
    public Asinh() {
        super("asinh", "Asinh", about("Y = asinh(X)", "ONNX Asinh-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 12;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(Hyperbolic::asinh);
    }
}
