package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Exponential: `Y = exp(X)`.
///
/// - source: ONNX Exp-13
public final class Exp extends Elementwise {
    public Exp() {
        super("exp", "Exp", about("Y = exp(X)", "ONNX Exp-13"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 8;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].exp();
    }
}
