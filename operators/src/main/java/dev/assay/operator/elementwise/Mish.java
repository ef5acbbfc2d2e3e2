package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Mish: `Y = X · tanh(ln(1 + exp(X)))`.
///
/// - source: ONNX Mish-22
public final class Mish extends Elementwise {
    public Mish() {
        super("mish", "Mish", about("Y = X · tanh(ln(1 + exp(X)))", "ONNX Mish-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 20;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].times(Softplus.softplus(x[0]).monotonic(Math::tanh));
    }
}
