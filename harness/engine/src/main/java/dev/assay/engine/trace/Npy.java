package dev.assay.engine.trace;

import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/// Tensors in the format of NumPy, version 1.0: `numpy.load` reads them.
///
/// Types that NumPy has not are widened to one that holds each of their values: bf16 and the 8-bit and 4-bit
/// floating-point
/// types to f32, integers narrower than a byte to i8 or u8. Strided tensors become dense.
final class Npy {
    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    private static final int ALIGNMENT = 64;

    private Npy() {}

    /// A tensor's values.
    static void write(Path file, Tensor tensor) throws IOException {
        DType dtype = tensor.dtype();
        try (DataOutputStream out = open(file, type(dtype), tensor.shape())) {
            ByteBuffer element = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            for (long i = 0; i < tensor.shape().elements(); i++) {
                element.clear();
                put(dtype, tensor, i, element);
                out.write(element.array(), 0, element.position());
            }
        }
    }

    private static void put(DType dtype, Tensor tensor, long index, ByteBuffer into) {
        switch (dtype) {
            case F64 -> into.putDouble(tensor.get(index));
            case BF16, F8E4M3, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F4E2M1, E8M0 -> into.putFloat((float) tensor.get(index));
            case F32, F16, I64, I32, I16, I8, U64, U32, U16, U8, BOOL -> {
                long code = tensor.codeAt(tensor.position(index));
                for (int octet = 0; octet < dtype.bits() / 8; octet++) {
                    into.put((byte) (code >> (8 * octet)));
                }
            }
            case I4, I2, U4, U2 -> into.put((byte) (long) tensor.get(index));
        }
    }

    /// Values in row-major order, as f64.
    static void write(Path file, Shape shape, double[] values) throws IOException {
        try (DataOutputStream out = open(file, "<f8", shape)) {
            for (double value : values) {
                out.writeLong(Long.reverseBytes(Double.doubleToRawLongBits(value)));
            }
        }
    }

    private static String type(DType dtype) {
        return switch (dtype) {
            case F64 -> "<f8";
            case F32, BF16, F8E4M3, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F4E2M1, E8M0 -> "<f4";
            case F16 -> "<f2";
            case I64 -> "<i8";
            case I32 -> "<i4";
            case I16 -> "<i2";
            case I8, I4, I2 -> "|i1";
            case U64 -> "<u8";
            case U32 -> "<u4";
            case U16 -> "<u2";
            case U8, U4, U2 -> "|u1";
            case BOOL -> "|b1";
        };
    }

    private static DataOutputStream open(Path file, String type, Shape shape) throws IOException {
        long[] dims = shape.toArray();
        String sizes = Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining(", "))
                + (dims.length == 1 ? "," : "");
        String head = "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + sizes + "), }";
        int length = MAGIC.length + 2 + head.length() + 1;
        String padded = head + " ".repeat(Math.floorMod(-length, ALIGNMENT)) + "\n";
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
        out.write(MAGIC);
        out.writeShort(Short.reverseBytes((short) padded.length()));
        out.write(padded.getBytes(StandardCharsets.US_ASCII));
        return out;
    }
}
