package dev.assay.tensor;

import java.util.Map;
import java.util.Optional;

/// Numbers of ONNX's `TensorProto.DataType`, which attributes name types by.
public final class OnnxTypes {
    private static final Map<Integer, DType> TYPES = Map.ofEntries(
            Map.entry(1, DType.F32),
            Map.entry(2, DType.U8),
            Map.entry(3, DType.I8),
            Map.entry(4, DType.U16),
            Map.entry(5, DType.I16),
            Map.entry(6, DType.I32),
            Map.entry(7, DType.I64),
            Map.entry(9, DType.BOOL),
            Map.entry(10, DType.F16),
            Map.entry(11, DType.F64),
            Map.entry(12, DType.U32),
            Map.entry(13, DType.U64),
            Map.entry(16, DType.BF16),
            Map.entry(17, DType.F8E4M3),
            Map.entry(18, DType.F8E4M3FNUZ),
            Map.entry(19, DType.F8E5M2),
            Map.entry(20, DType.F8E5M2FNUZ),
            Map.entry(21, DType.U4),
            Map.entry(22, DType.I4),
            Map.entry(23, DType.F4E2M1),
            Map.entry(24, DType.E8M0),
            Map.entry(25, DType.U2),
            Map.entry(26, DType.I2));

    private OnnxTypes() {}

    /// Our type for a number; empty for strings, complex numbers and what is newer than this list.
    public static Optional<DType> find(long number) {
        return number == (int) number ? Optional.ofNullable(TYPES.get((int) number)) : Optional.empty();
    }
}
