package dev.assay.operator.quantization;

import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Element types by their numbers in ONNX's `TensorProto.DataType`, as attributes name them.
public final class OnnxTypes {
    private static final Map<Long, DType> TYPES = Map.ofEntries(
            Map.entry(1L, DType.F32),
            Map.entry(2L, DType.U8),
            Map.entry(3L, DType.I8),
            Map.entry(4L, DType.U16),
            Map.entry(5L, DType.I16),
            Map.entry(6L, DType.I32),
            Map.entry(10L, DType.F16),
            Map.entry(11L, DType.F64),
            Map.entry(16L, DType.BF16),
            Map.entry(17L, DType.F8E4M3),
            Map.entry(18L, DType.F8E4M3FNUZ),
            Map.entry(19L, DType.F8E5M2),
            Map.entry(20L, DType.F8E5M2FNUZ),
            Map.entry(21L, DType.U4),
            Map.entry(22L, DType.I4),
            Map.entry(23L, DType.F4E2M1),
            Map.entry(25L, DType.U2),
            Map.entry(26L, DType.I2));

    private OnnxTypes() {}

    /// The type that an attribute names, one of those allowed. Throws [InvalidCallException].
    ///
    /// @param where operator and attribute
    public static DType of(long number, Set<DType> allowed, String where) {
        DType type = TYPES.get(number);
        if (type == null || !allowed.contains(type)) {
            throw new InvalidCallException(
                    "the type " + number,
                    where,
                    "use one of "
                            + TYPES.entrySet().stream()
                                    .filter(entry -> allowed.contains(entry.getValue()))
                                    .sorted(Map.Entry.comparingByKey())
                                    .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
                                    .collect(Collectors.joining(", ")));
        }
        return type;
    }
}
