package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;

/// Swish; with alpha 1 it is SiLU: `Y = X / (1 + exp(-alpha · X))`.
///
/// - source: ONNX Swish-24
public final class Swish extends Elementwise {
    public Swish() {
        super(
                "swish",
                "Swish",
                about("Y = X / (1 + exp(-alpha · X))", "ONNX Swish-24"),
                unary(Signature.floats(), AttributeSpec.real("alpha", 1, "slope of the sigmoid")));
    }

    @Override
    protected double flops() {
        return 6;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        double alpha = call.attributes().real("alpha");
        return x -> swish(arithmetic, x[0], alpha);
    }

    static Approx swish(WorkingArithmetic arithmetic, Approx x, double alpha) {
        Approx scaled = alpha == 1 ? x : x.times(alpha);
        Approx sigmoid = arithmetic.of(1).dividedBy(scaled.negated().exp().plus(1));
        return x.times(sigmoid);
    }
}
