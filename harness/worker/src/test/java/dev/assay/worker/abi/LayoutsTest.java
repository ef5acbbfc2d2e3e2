package dev.assay.worker.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.assay.backend.Attribute;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import dev.assay.worker.CCompiler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Structures as we write them, against what the C compiler says of the header.
class LayoutsTest {
    @TempDir
    static Path folder;

    private static Map<String, Long> compiled() {
        Path program = CCompiler.compile(folder.resolve("offsets"), Path.of("src/test/c/offsets.c"), List.of());
        Map<String, Long> numbers = new HashMap<>();
        CCompiler.run(List.of(program.toString()))
                .lines()
                .map(line -> line.split(" ", -1))
                .forEach(words -> numbers.put(words[0], Long.valueOf(words[1])));
        return numbers;
    }

    private static long number(Map<String, Long> numbers, String name) {
        return Optional.ofNullable(numbers.get(name)).orElseThrow();
    }

    @Test
    void everySizeOffsetAndCodeIsTheCompilers() {
        Map<String, Long> numbers = compiled();
        assertEquals(Layouts.TENSOR, numbers.get("assay_tensor"));
        assertEquals(Layouts.ATTRIBUTE, numbers.get("assay_attribute"));
        assertEquals(Layouts.CONSTANT, numbers.get("assay_constant"));
        assertEquals(Layouts.CALL, numbers.get("assay_call"));
        assertEquals(Layouts.ARGUMENT, numbers.get("assay_argument"));
        assertEquals(Layouts.DEVICE_INFO, numbers.get("assay_device_info"));
        assertEquals(Layouts.TABLE, numbers.get("assay_backend"));
        for (NativeFunction function : NativeFunction.values()) {
            assertEquals(function.offset(), numbers.get("assay_backend." + function.label()), function.label());
        }
        for (DType dtype : DType.values()) {
            assertEquals((long) Layouts.code(dtype), numbers.get(dtype.name()), dtype.name());
        }
        Map<String, Long> others = Map.of(
                "assay_device_info.peak_flops", 40L,
                "assay_device_info.alignment", 232L,
                "assay_device_info.memory_bytes", 24L,
                "assay_device_info.bandwidth", 32L,
                "assay_backend.name", 8L,
                "assay_backend.version", 16L,
                "assay_argument.offset", 8L);
        others.forEach((name, offset) -> assertEquals(offset, numbers.get(name), name));
    }

    /// Reads a structure back at the compiler's offsets.
    private record Read(MemorySegment struct, String type, Map<String, Long> numbers) {
        private long at(String field) {
            return number(numbers, type + "." + field);
        }

        int integer(String field) {
            return struct.get(ValueLayout.JAVA_INT, at(field));
        }

        long whole(String field) {
            return struct.get(ValueLayout.JAVA_LONG, at(field));
        }

        MemorySegment pointer(String field, long bytes) {
            return struct.get(ValueLayout.ADDRESS, at(field)).reinterpret(bytes);
        }

        String text(String field) {
            return Layouts.text(struct.get(ValueLayout.ADDRESS, at(field)));
        }

        Read element(String field, int index, String of) {
            long size = number(numbers, of);
            return new Read(pointer(field, (index + 1) * size).asSlice(index * size, size), of, numbers);
        }
    }

    @Test
    void aCallIsReadBackAtTheCompilersOffsets() {
        Call call = new Call(
                "gemm",
                List.of(
                        Operand.of("A", TensorSpec.of(DType.BF16, 3, 2).transposed(0, 1)),
                        Operand.absent("C"),
                        Operand.of("lengths", TensorSpec.of(DType.I64, 2))),
                List.of(new Operand("Y", Optional.of(TensorSpec.of(DType.I64, 2)), Optional.of("lengths"))),
                Attributes.of(Map.of(
                        "alpha", new Attribute.Real(0.5),
                        "axes", new Attribute.Ints(List.of(1L, -2L)),
                        "mode", new Attribute.Text("né"),
                        "scales", new Attribute.Reals(List.of(1.5)),
                        "transA", new Attribute.Int(-7))),
                Map.of("lengths", List.of(3L, 4L)));
        try (Arena arena = Arena.ofConfined()) {
            Read read = new Read(Layouts.call(call, arena), "assay_call", compiled());
            assertEquals("gemm", read.text("op"));
            assertEquals(2, read.integer("input_count"));
            assertEquals(1, read.integer("output_count"));
            assertEquals(5, read.integer("attribute_count"));
            assertEquals(1, read.integer("constant_count"));
            Read a = read.element("inputs", 0, "assay_tensor");
            assertEquals("A", a.text("name"));
            assertEquals(4, a.integer("dtype"));
            assertEquals(2, a.integer("rank"));
            assertEquals(12, a.whole("bytes"));
            assertEquals(2, a.pointer("shape", 16).get(ValueLayout.JAVA_LONG, 0));
            assertEquals(3, a.pointer("shape", 16).get(ValueLayout.JAVA_LONG, 8));
            assertEquals(1, a.pointer("strides", 16).get(ValueLayout.JAVA_LONG, 0));
            assertEquals(2, a.pointer("strides", 16).get(ValueLayout.JAVA_LONG, 8));
            assertEquals(-1, a.integer("alias_of"));
            assertEquals("lengths", read.element("inputs", 1, "assay_tensor").text("name"));
            assertEquals(1, read.element("outputs", 0, "assay_tensor").integer("alias_of"));
            Read alpha = read.element("attributes", 0, "assay_attribute");
            assertEquals("alpha", alpha.text("name"));
            assertEquals(2, alpha.integer("kind"));
            assertEquals(0.5, alpha.struct.get(ValueLayout.JAVA_DOUBLE, alpha.at("real")));
            Read axes = read.element("attributes", 1, "assay_attribute");
            assertEquals(4, axes.integer("kind"));
            assertEquals(2, axes.whole("count"));
            assertEquals(-2, axes.pointer("integers", 16).get(ValueLayout.JAVA_LONG, 8));
            Read mode = read.element("attributes", 2, "assay_attribute");
            assertEquals("né", mode.text("text"));
            Read scales = read.element("attributes", 3, "assay_attribute");
            assertEquals(1, scales.whole("count"));
            assertEquals(1.5, scales.pointer("reals", 8).get(ValueLayout.JAVA_DOUBLE, 0));
            assertEquals(-7, read.element("attributes", 4, "assay_attribute").whole("integer"));
            Read lengths = read.element("constants", 0, "assay_constant");
            assertEquals("lengths", lengths.text("input"));
            assertEquals(2, lengths.whole("count"));
            assertEquals(4, lengths.pointer("values", 16).get(ValueLayout.JAVA_LONG, 8));
        }
    }

    @Test
    void contractTextIsSplitAtCommasOutsideParentheses() {
        assertEquals(
                "accumulator=aligned(24,16);exp_ulps=4.0",
                NativeBackend.contract("accumulator=aligned(24,16), exp_ulps=4").toString());
        assertEquals("strict", NativeBackend.contract(" ").toString());
    }
}
