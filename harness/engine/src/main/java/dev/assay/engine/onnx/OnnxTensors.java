package dev.assay.engine.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import dev.assay.HarnessException;
import dev.assay.tensor.DType;
import dev.assay.tensor.OnnxTypes;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// ONNX tensors as ours.
final class OnnxTensors {
    private OnnxTensors() {}

    /// Our type for an ONNX type number; empty for strings, complex numbers and what is newer than this list.
    static Optional<DType> type(int number) {
        return OnnxTypes.find(number);
    }

    /// Whether the values stand in a file of their own.
    static boolean isElsewhere(TensorProto proto) {
        return proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
    }

    static TensorSpec spec(TensorProto proto, String where) {
        DType dtype = type(proto.getDataType())
                .orElseThrow(() -> new HarnessException(
                        "tensor type " + proto.getDataType() + " of '" + proto.getName() + "'",
                        where,
                        "use a tensor of numbers"));
        try {
            TensorSpec spec = TensorSpec.dense(dtype, Shape.of(proto.getDimsList()));
            // Throws if a long cannot count them.
            spec.byteSize();
            return spec;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new HarnessException(
                    "sizes " + proto.getDimsList() + " of '" + proto.getName() + "'", where, "restore the file", e);
        }
    }

    /// Copies the values. Throws [HarnessException] if there are fewer or more than the sizes say.
    static Tensor read(TensorProto proto, String where, Arena arena) {
        TensorSpec spec = spec(proto, where);
        if (isElsewhere(proto)) {
            throw new HarnessException(
                    "the values of '" + proto.getName() + "' are kept in another file, which is not read",
                    where,
                    "store them in the tensor itself");
        }
        ByteString raw = proto.getRawData();
        long elements = spec.shape().elements();
        if (!raw.isEmpty() || elements == 0) {
            checkCount(spec.byteSize(), raw.size(), "bytes", proto, where);
            Tensor tensor = Tensor.allocate(spec, arena);
            MemorySegment.copy(MemorySegment.ofBuffer(raw.asReadOnlyByteBuffer()), 0, tensor.memory(), 0, raw.size());
            return tensor;
        }
        // Counted before anything is allocated: sizes of a damaged file may ask for any amount of memory.
        checkCount(entries(spec), count(proto, spec.dtype()), "values", proto, where);
        Tensor tensor = Tensor.allocate(spec, arena);
        boolean packed = spec.dtype().bits() < 8;
        Tensor codes = packed ? Tensor.of(TensorSpec.of(DType.U8, entries(spec)), tensor.memory()) : tensor;
        for (int i = 0; i < entries(spec); i++) {
            codes.setCodeAt(i, code(proto, spec.dtype(), i));
        }
        return tensor;
    }

    /// Entries of a typed field: one for an element, or for a byte of packed elements.
    private static long entries(TensorSpec spec) {
        return spec.dtype().bits() < 8 ? spec.byteSize() : spec.shape().elements();
    }

    private static long count(TensorProto proto, DType dtype) {
        return switch (dtype) {
            case F32 -> proto.getFloatDataCount();
            case F64 -> proto.getDoubleDataCount();
            case I64 -> proto.getInt64DataCount();
            case U32, U64 -> proto.getUint64DataCount();
            default -> proto.getInt32DataCount();
        };
    }

    private static long code(TensorProto proto, DType dtype, int i) {
        return switch (dtype) {
            case F32 -> Float.floatToRawIntBits(proto.getFloatData(i));
            case F64 -> Double.doubleToRawLongBits(proto.getDoubleData(i));
            case I64 -> proto.getInt64Data(i);
            case U32, U64 -> proto.getUint64Data(i);
            // Everything else of at most 32 bits.
            default -> proto.getInt32Data(i);
        };
    }

    private static void checkCount(long expected, long found, String unit, TensorProto proto, String where) {
        if (expected != found) {
            throw new HarnessException(
                    "'" + proto.getName() + "' of sizes " + proto.getDimsList() + " holds " + found + " " + unit
                            + " instead of " + expected,
                    where,
                    "restore the file; it is cut off or was written for other sizes");
        }
    }
}
