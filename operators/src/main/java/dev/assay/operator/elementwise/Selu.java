package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;

/// Scaled exponential linear unit: `Y = gamma · (X > 0 ? X : alpha · exp(X) - alpha)`.
///
/// - source: ONNX Selu-22
public final class Selu extends Elementwise {
    public Selu() {
        super(
                "selu",
                "Selu",
                about("Y = gamma · (X > 0 ? X : alpha · exp(X) - alpha)", "ONNX Selu-22"),
                unary(
                        Signature.floats(),
                        AttributeSpec.real("alpha", 1.6732631921768188, "factor below 0"),
                        AttributeSpec.real("gamma", 1.0507010221481323, "factor of all")));
    }

    @Override
    protected double flops() {
        return 12;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        double alpha = call.attributes().real("alpha");
        double gamma = call.attributes().real("gamma");
        return x -> x[0].value() > 0
                ? x[0].times(gamma)
                : x[0].exp().minus(1).times(alpha).times(gamma);
    }
}
