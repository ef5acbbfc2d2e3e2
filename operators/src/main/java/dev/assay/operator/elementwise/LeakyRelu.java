package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;

/// Leaky rectifier: `Y = X < 0 ? alpha · X : X`.
///
/// - source: ONNX LeakyRelu-16
public final class LeakyRelu extends Elementwise {
    public LeakyRelu() {
        super(
                "leaky_relu",
                "LeakyRelu",
                about("Y = X < 0 ? alpha · X : X", "ONNX LeakyRelu-16"),
                unary(Signature.floats(), AttributeSpec.real("alpha", 0.01, "slope below 0")));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        double alpha = call.attributes().real("alpha");
        return x -> x[0].value() < 0 ? x[0].times(alpha) : x[0];
    }
}
