package dev.assay.worker.abi;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// The structures of `assay_backend.h` in memory, on a machine with 64-bit pointers. A test holds every offset against
/// what a C compiler says.
final class Layouts {
    static final long TENSOR = 48;
    static final long ATTRIBUTE = 64;
    static final long CONSTANT = 24;
    static final long CALL = 56;
    static final long ARGUMENT = 16;
    static final long DEVICE_INFO = 240;
    static final long TABLE = 136;

    private static final long ALIGNMENT = 8;

    /// From 1 on.
    private static final List<DType> CODES = List.of(
            DType.F64,
            DType.F32,
            DType.F16,
            DType.BF16,
            DType.F8E4M3,
            DType.F8E4M3FNUZ,
            DType.F8E5M2,
            DType.F8E5M2FNUZ,
            DType.F4E2M1,
            DType.E8M0,
            DType.I64,
            DType.I32,
            DType.I16,
            DType.I8,
            DType.I4,
            DType.I2,
            DType.U64,
            DType.U32,
            DType.U16,
            DType.U8,
            DType.U4,
            DType.U2,
            DType.BOOL);

    /// Longest text that is taken from a library.
    private static final int LONGEST_TEXT = 8192;

    private Layouts() {}

    /// The value of `ASSAY_F32` and its like.
    static int code(DType dtype) {
        return CODES.indexOf(dtype) + 1;
    }

    /// An `assay_call`. Valid as long as the arena.
    static MemorySegment call(Call call, Arena arena) {
        List<Operand> inputs = present(call.inputs());
        List<Operand> outputs = present(call.outputs());
        MemorySegment struct = arena.allocate(CALL, ALIGNMENT);
        struct.set(ValueLayout.ADDRESS, 0, arena.allocateFrom(call.operator()));
        struct.set(ValueLayout.ADDRESS, 8, tensors(inputs, inputs, arena));
        struct.set(ValueLayout.ADDRESS, 16, tensors(outputs, inputs, arena));
        struct.set(ValueLayout.ADDRESS, 24, attributes(call.attributes().values(), arena));
        struct.set(ValueLayout.ADDRESS, 32, constants(call.constants(), arena));
        struct.set(ValueLayout.JAVA_INT, 40, inputs.size());
        struct.set(ValueLayout.JAVA_INT, 44, outputs.size());
        struct.set(ValueLayout.JAVA_INT, 48, call.attributes().values().size());
        struct.set(ValueLayout.JAVA_INT, 52, call.constants().size());
        return struct;
    }

    /// The operands that a C library sees.
    static List<Operand> present(List<Operand> operands) {
        return operands.stream().filter(operand -> operand.spec().isPresent()).toList();
    }

    private static MemorySegment tensors(List<Operand> operands, List<Operand> inputs, Arena arena) {
        MemorySegment array = array(operands.size(), TENSOR, arena);
        for (int i = 0; i < operands.size(); i++) {
            Operand operand = operands.get(i);
            TensorSpec spec = operand.spec().orElseThrow();
            MemorySegment struct = array.asSlice(i * TENSOR, TENSOR);
            struct.set(ValueLayout.ADDRESS, 0, arena.allocateFrom(operand.name()));
            struct.set(ValueLayout.JAVA_INT, 8, code(spec.dtype()));
            struct.set(ValueLayout.JAVA_INT, 12, spec.shape().rank());
            struct.set(ValueLayout.ADDRESS, 16, longs(spec.shape().toArray(), arena));
            struct.set(ValueLayout.ADDRESS, 24, longs(spec.strideArray(), arena));
            struct.set(ValueLayout.JAVA_LONG, 32, spec.byteSize());
            struct.set(
                    ValueLayout.JAVA_INT,
                    40,
                    operand.aliasOf().map(name -> index(inputs, name)).orElse(-1));
        }
        return array;
    }

    private static int index(List<Operand> inputs, String name) {
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("an output is written in place of input " + name + ", which is absent");
    }

    private static MemorySegment attributes(Map<String, Attribute> attributes, Arena arena) {
        MemorySegment array = array(attributes.size(), ATTRIBUTE, arena);
        long at = 0;
        for (Map.Entry<String, Attribute> each : attributes.entrySet()) {
            MemorySegment struct = array.asSlice(at, ATTRIBUTE);
            struct.set(ValueLayout.ADDRESS, 0, arena.allocateFrom(each.getKey()));
            struct.set(ValueLayout.JAVA_INT, 8, kind(each.getValue()));
            switch (each.getValue()) {
                case Attribute.Int(long number) -> struct.set(ValueLayout.JAVA_LONG, 16, number);
                case Attribute.Real(double number) -> struct.set(ValueLayout.JAVA_DOUBLE, 24, number);
                case Attribute.Text(String text) -> struct.set(ValueLayout.ADDRESS, 32, arena.allocateFrom(text));
                case Attribute.Ints(List<Long> numbers) -> {
                    struct.set(ValueLayout.ADDRESS, 40, longs(unboxed(numbers), arena));
                    struct.set(ValueLayout.JAVA_LONG, 56, numbers.size());
                }
                case Attribute.Reals(List<Double> numbers) -> {
                    double[] values =
                            numbers.stream().mapToDouble(Double::doubleValue).toArray();
                    struct.set(ValueLayout.ADDRESS, 48, arena.allocateFrom(ValueLayout.JAVA_DOUBLE, values));
                    struct.set(ValueLayout.JAVA_LONG, 56, numbers.size());
                }
            }
            at += ATTRIBUTE;
        }
        return array;
    }

    private static int kind(Attribute attribute) {
        return switch (attribute) {
            case Attribute.Int ignored -> 1;
            case Attribute.Real ignored -> 2;
            case Attribute.Text ignored -> 3;
            case Attribute.Ints ignored -> 4;
            case Attribute.Reals ignored -> 5;
        };
    }

    private static MemorySegment constants(Map<String, List<Long>> constants, Arena arena) {
        MemorySegment array = array(constants.size(), CONSTANT, arena);
        long at = 0;
        for (Map.Entry<String, List<Long>> each : constants.entrySet()) {
            MemorySegment struct = array.asSlice(at, CONSTANT);
            struct.set(ValueLayout.ADDRESS, 0, arena.allocateFrom(each.getKey()));
            struct.set(ValueLayout.ADDRESS, 8, longs(unboxed(each.getValue()), arena));
            struct.set(ValueLayout.JAVA_LONG, 16, each.getValue().size());
            at += CONSTANT;
        }
        return array;
    }

    private static long[] unboxed(List<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    private static MemorySegment longs(long[] values, Arena arena) {
        return arena.allocateFrom(ValueLayout.JAVA_LONG, values);
    }

    private static MemorySegment array(int count, long size, Arena arena) {
        return arena.allocate(count * size, ALIGNMENT);
    }

    /// Texts as a `const char *const *`.
    static MemorySegment texts(Iterable<String> texts, int count, Arena arena) {
        MemorySegment array = array(count, ValueLayout.ADDRESS.byteSize(), arena);
        long at = 0;
        for (String text : texts) {
            array.set(ValueLayout.ADDRESS, at, arena.allocateFrom(text));
            at += ValueLayout.ADDRESS.byteSize();
        }
        return array;
    }

    /// What a library's pointer to text holds; empty for a null pointer. Bytes that are no UTF-8 become question marks.
    static String text(MemorySegment pointer) {
        if (pointer.equals(MemorySegment.NULL)) {
            return "";
        }
        MemorySegment bytes = pointer.reinterpret(LONGEST_TEXT);
        int length = 0;
        while (length < LONGEST_TEXT && bytes.get(ValueLayout.JAVA_BYTE, length) != 0) {
            length++;
        }
        return new String(bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
}
