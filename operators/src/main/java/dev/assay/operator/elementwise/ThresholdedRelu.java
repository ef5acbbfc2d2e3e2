package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;

/// Rectifier with a threshold: `Y = X > alpha ? X : 0`.
///
/// - source: ONNX ThresholdedRelu-22
public final class ThresholdedRelu extends Elementwise {
    public ThresholdedRelu() {
        super(
                "thresholded_relu",
                "ThresholdedRelu",
                exact("Y = X > alpha ? X : 0", "ONNX ThresholdedRelu-22"),
                unary(Signature.floats(), AttributeSpec.real("alpha", 1, "the threshold")));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        double alpha = call.attributes().real("alpha");
        return x -> x[0].value() > alpha ? x[0] : arithmetic.of(0);
    }
}
