package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import java.util.List;

/// Conversion to the type of another tensor, see [Casting].
///
/// - the shape of that tensor is free: it may be empty
/// - source: ONNX CastLike-25
public final class CastLike extends Casting {
    public CastLike() {
        super(
                "cast_like",
                "CastLike",
                exact("output = input in the type of target_type", "ONNX CastLike-25"),
                new Signature(
                        List.of(
                                Parameter.required("input", "T1", Signature.all(), "any shape"),
                                Parameter.required("target_type", "T2", Signature.all(), "only its type counts")),
                        List.of(Parameter.required("output", "T2", Signature.all(), "like input")),
                        List.of(SATURATE, ROUND_MODE)));
    }

    @Override
    protected List<Operand> operands(Call call) {
        return call.inputs().subList(0, 1);
    }

    @Override
    DType target(Call call) {
        return call.input("target_type").dtype();
    }
}
