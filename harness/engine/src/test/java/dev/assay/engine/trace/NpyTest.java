package dev.assay.engine.trace;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Against the description of the format in NumPy's documentation (numpy.lib.format, version 1.0).
class NpyTest {
    @TempDir
    Path folder;

    private ByteBuffer data(Path file, String descr, String shape) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[8];
        bytes.get(magic);
        assertArrayEquals(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}, magic);
        byte[] head = new byte[bytes.getShort()];
        bytes.get(head);
        String text = new String(head, StandardCharsets.US_ASCII);
        assertEquals(
                "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }", text.stripTrailing());
        assertTrue(text.endsWith("\n"));
        assertEquals(0, bytes.position() % 64, "data begins at a multiple of 64 bytes");
        return bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void stridedTensorsBecomeDense() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Tensor dense = Tensor.of(arena, DType.F32, Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
            Path file = folder.resolve("t.npy");
            Npy.write(file, Tensor.of(dense.spec().transposed(0, 1), dense.memory()));
            ByteBuffer data = data(file, "<f4", "(3, 2)");
            float[] values = new float[6];
            data.asFloatBuffer().get(values);
            assertArrayEquals(new float[] {1, 4, 2, 5, 3, 6}, values);
            assertEquals(24, data.remaining());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BF16, <f4, -1.5",
        "F8E4M3, <f4, 448",
        "F4E2M1, <f4, -6",
        "E8M0, <f4, 0.25",
        "F16, <f2, 1",
        "F64, <f8, 0.1"
    })
    void narrowTypesAreWidenedWithoutLoss(DType dtype, String descr, double value) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Path file = folder.resolve("t.npy");
            Npy.write(file, Tensor.of(arena, dtype, Shape.of(1), value));
            ByteBuffer data = data(file, descr, "(1,)");
            double read = switch (descr) {
                case "<f4" -> data.getFloat();
                case "<f8" -> data.getDouble();
                default -> Float.float16ToFloat(data.getShort());
            };
            assertEquals(value, read);
            assertEquals(0, data.remaining());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"I4", "I2", "U4", "U2", "I8", "U8", "I16", "U16", "I32", "U32", "I64", "U64", "BOOL"})
    void integersAreTheirOwn(DType dtype) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            boolean signed = dtype.kind() == DType.Kind.SIGNED;
            double[] values = signed ? new double[] {-2, 1, 0} : new double[] {1, 0, 1};
            Path file = folder.resolve("t.npy");
            Npy.write(file, Tensor.of(arena, dtype, Shape.of(3), values));
            int bytes = Math.max(1, dtype.bits() / 8);
            String kind = dtype == DType.BOOL ? "b" : signed ? "i" : "u";
            ByteBuffer data = data(file, (bytes == 1 ? "|" : "<") + kind + bytes, "(3,)");
            long[] read = new long[3];
            for (int i = 0; i < 3; i++) {
                for (int octet = 0; octet < bytes; octet++) {
                    read[i] |= (data.get() & 0xFFL) << (8 * octet);
                }
                read[i] = signed ? (read[i] << (64 - 8 * bytes)) >> (64 - 8 * bytes) : read[i];
            }
            assertArrayEquals(
                    Arrays.stream(values).mapToLong(value -> (long) value).toArray(), read);
        }
    }

    @Test
    void scalarsAndEmptyTensorsHaveTheirShapes() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Path file = folder.resolve("t.npy");
            Npy.write(file, Tensor.of(arena, DType.F64, Shape.of(), 7));
            assertEquals(7, data(file, "<f8", "()").getDouble());
            Npy.write(file, Tensor.allocate(TensorSpec.of(DType.F16, 0, 4), arena));
            assertEquals(0, data(file, "<f2", "(0, 4)").remaining());
            Npy.write(file, Shape.of(2), new double[] {1, Double.POSITIVE_INFINITY});
            ByteBuffer data = data(file, "<f8", "(2,)");
            assertEquals(1, data.getDouble());
            assertEquals(Double.POSITIVE_INFINITY, data.getDouble());
        }
    }
}
