package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;

/// Piecewise linear sigmoid: `Y = max(0, min(1, alpha · X + beta))`.
///
/// - source: ONNX HardSigmoid-22
public final class HardSigmoid extends Elementwise {
    public HardSigmoid() {
        super(
                "hard_sigmoid",
                "HardSigmoid",
                about("Y = max(0, min(1, alpha · X + beta))", "ONNX HardSigmoid-22"),
                unary(
                        Signature.floats(),
                        AttributeSpec.real("alpha", 0.2, "slope"),
                        AttributeSpec.real("beta", 0.5, "value at 0")));
    }

    @Override
    protected double flops() {
        return 4;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        double alpha = call.attributes().real("alpha");
        double beta = call.attributes().real("beta");
        return x -> x[0].times(alpha).plus(beta).min(arithmetic.of(1)).max(arithmetic.of(0));
    }
}
