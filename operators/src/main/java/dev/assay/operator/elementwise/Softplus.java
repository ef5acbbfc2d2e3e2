package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Smooth rectifier, without overflow: `Y = ln(1 + exp(X))`.
///
/// - source: ONNX Softplus-22
public final class Softplus extends Elementwise {
    public Softplus() {
        super("softplus", "Softplus", about("Y = ln(1 + exp(X))", "ONNX Softplus-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 12;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> softplus(x[0]);
    }

    /// For positive X as `X + ln(1 + exp(-X))`: the textbook form would overflow long before the result does. Where it
    /// does not, a device may use it.
    static Approx softplus(Approx x) {
        Approx textbook = x.exp().plus(1).monotonic(Math::log);
        return x.value() > 0
                ? x.plus(x.negated().exp().plus(1).monotonic(Math::log)).or(textbook)
                : textbook;
    }
}
