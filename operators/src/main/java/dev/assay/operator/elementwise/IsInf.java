package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import java.util.List;

/// Test for infinities: `Y = X is an infinity`.
///
/// - source: ONNX IsInf-20
public final class IsInf extends Elementwise {
    public IsInf() {
        super(
                "is_inf",
                "IsInf",
                exact("Y = X is an infinity", "ONNX IsInf-20"),
                new Signature(
                        List.of(Parameter.required("X", "T", Signature.floats(), "any shape")),
                        List.of(Parameter.required("Y", "B", Signature.only(DType.BOOL), "like X")),
                        List.of(
                                AttributeSpec.integer("detect_negative", 1, "whether -∞ counts: 0 or 1"),
                                AttributeSpec.integer("detect_positive", 1, "whether +∞ counts: 0 or 1"))));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        boolean positive = call.attributes().integer("detect_positive") != 0;
        boolean negative = call.attributes().integer("detect_negative") != 0;
        return x -> arithmetic.of(Double.isInfinite(x[0].value()) && (x[0].value() > 0 ? positive : negative) ? 1 : 0);
    }
}
