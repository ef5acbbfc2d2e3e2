package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Hyperbolic tangent: `Y = tanh(X)`.
///
/// - source: ONNX Tanh-13
public final class Tanh extends Elementwise {
    public Tanh() {
        super("tanh", "Tanh", about("Y = tanh(X)", "ONNX Tanh-13"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 10;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(Math::tanh);
    }
}
