package dev.assay.operator.elementwise;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.Map;

/// Conversion to another type, see [Casting].
///
/// - source: ONNX Cast-25
public final class Cast extends Casting {
    /// Numbers of `TensorProto.DataType` in onnx.proto.
    private static final Map<Long, DType> TYPES = Map.ofEntries(
            Map.entry(1L, DType.F32),
            Map.entry(2L, DType.U8),
            Map.entry(3L, DType.I8),
            Map.entry(4L, DType.U16),
            Map.entry(5L, DType.I16),
            Map.entry(6L, DType.I32),
            Map.entry(7L, DType.I64),
            Map.entry(9L, DType.BOOL),
            Map.entry(10L, DType.F16),
            Map.entry(11L, DType.F64),
            Map.entry(12L, DType.U32),
            Map.entry(13L, DType.U64),
            Map.entry(16L, DType.BF16),
            Map.entry(17L, DType.F8E4M3),
            Map.entry(18L, DType.F8E4M3FNUZ),
            Map.entry(19L, DType.F8E5M2),
            Map.entry(20L, DType.F8E5M2FNUZ),
            Map.entry(21L, DType.U4),
            Map.entry(22L, DType.I4),
            Map.entry(23L, DType.F4E2M1),
            Map.entry(24L, DType.E8M0),
            Map.entry(25L, DType.U2),
            Map.entry(26L, DType.I2));

    public Cast() {
        super(
                "cast",
                "Cast",
                exact("output = input in another type", "ONNX Cast-25"),
                new Signature(
                        List.of(Parameter.required("input", "T1", Signature.all(), "any shape")),
                        List.of(Parameter.required("output", "T2", Signature.all(), "like input")),
                        List.of(
                                AttributeSpec.optional(
                                        "to",
                                        Attribute.Int.class,
                                        "the type, as ONNX numbers it: 1 f32, 10 f16, 16 bf16"),
                                SATURATE,
                                ROUND_MODE)));
    }

    @Override
    DType target(Call call) {
        long to = call.attributes()
                .findInteger("to")
                .orElseThrow(() -> new InvalidCallException(
                        "no type to cast to",
                        "cast, attribute to",
                        "give one of " + TYPES.keySet().stream().sorted().toList()));
        DType type = TYPES.get(to);
        if (type == null) {
            throw new InvalidCallException(
                    "to " + to,
                    "cast, attribute to",
                    "give one of " + TYPES.keySet().stream().sorted().toList());
        }
        return type;
    }
}
