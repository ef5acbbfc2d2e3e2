package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;

/// Exponential linear unit: `Y = X < 0 ? alpha · (exp(X) - 1) : X`.
///
/// - source: ONNX Elu-22
public final class Elu extends Elementwise {
    public Elu() {
        super(
                "elu",
                "Elu",
                about("Y = X < 0 ? alpha · (exp(X) - 1) : X", "ONNX Elu-22"),
                unary(Signature.floats(), AttributeSpec.real("alpha", 1, "factor below 0")));
    }

    @Override
    protected double flops() {
        return 10;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        double alpha = call.attributes().real("alpha");
        return x -> x[0].value() < 0 ? x[0].exp().minus(1).times(alpha) : x[0];
    }
}
