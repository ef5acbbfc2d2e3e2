package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;

/// Continuously differentiable exponential linear unit: `Y = max(0, X) + min(0, alpha · (exp(X / alpha) - 1))`.
///
/// - source: ONNX Celu-12
public final class Celu extends Elementwise {
    public Celu() {
        super(
                "celu",
                "Celu",
                about("Y = max(0, X) + min(0, alpha · (exp(X / alpha) - 1))", "ONNX Celu-12"),
                unary(Signature.floats(), AttributeSpec.real("alpha", 1, "where it flattens")));
    }

    @Override
    protected double flops() {
        return 12;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        double alpha = call.attributes().real("alpha");
        return x ->
                x[0].value() > 0 ? x[0] : x[0].dividedBy(alpha).exp().minus(1).times(alpha);
    }

    @Override
    protected void check(Call call) {
        double alpha = call.attributes().real("alpha");
        require(alpha != 0, "alpha 0", "attribute alpha", "give a number that is not 0");
    }
}
