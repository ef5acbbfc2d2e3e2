package dev.assay.baselines.kernels;

import dev.assay.backend.Call;
import dev.assay.numerics.Parallel;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;

/// Conversion to another type, code by code.
final class CastKernel {
    private static final int CHUNK = 1 << 14;
    private static final int E8M0_BIAS = 127;
    private static final int E8M0_NAN = 0xFF;

    private CastKernel() {}

    static SharedKernel plan(Call call) {
        boolean saturate = call.attributes().integer("saturate") == 1;
        String mode = call.attributes().text("round_mode");
        return arguments -> {
            Tensor from = arguments.input("input").tensor();
            Tensor to = arguments.output("output").tensor();
            long elements = to.shape().elements();
            // Chunks of whole bytes, also of packed types.
            Parallel.forEach(Math.toIntExact(Math.ceilDiv(elements, CHUNK)), part -> {
                long end = Math.min(elements, (part + 1L) * CHUNK);
                for (long i = (long) part * CHUNK; i < end; i++) {
                    long code = from.codeAt(from.position(i));
                    to.setCodeAt(i, cast(code, from.dtype(), to.dtype(), saturate, mode));
                }
            });
        };
    }

    private static long cast(long code, DType from, DType to, boolean saturate, String mode) {
        if (!from.isFloat() && !to.isFloat()) {
            return to.encodeLong(from.decodeLong(code));
        }
        if (from == to) {
            return code;
        }
        double value = from.decode(code);
        if (to == DType.BOOL) {
            return value == 0 ? 0 : 1;
        }
        if (!to.isFloat()) {
            return to.encode(value < 0 ? Math.ceil(value) : Math.floor(value));
        }
        if (to == DType.E8M0) {
            boolean wide = from.bits() == 64 && !from.isFloat();
            return exponent(wide ? sticky(code, from) : value, saturate, mode);
        }
        if (from.bits() == 64 && !from.isFloat() && to.precision() < 53) {
            return to.encode(sticky(code, from), saturate && to.bits() <= 8);
        }
        return to.encode(value, saturate && to.bits() <= 8);
    }

    /// A 64-bit integer in f64 with a last bit that says whether there was more, so that it is rounded only once.
    private static double sticky(long code, DType from) {
        boolean negative = from.kind() == DType.Kind.SIGNED && code < 0;
        long size = negative ? -code : code;
        int excess = 64 - Long.numberOfLeadingZeros(size) - 53;
        if (excess <= 0) {
            return negative ? -(double) size : size;
        }
        long kept = size >>> excess;
        long lost = size & ((1L << excess) - 1);
        double value = Math.scalb((double) (kept | (lost == 0 ? 0 : 1)), excess);
        return negative ? -value : value;
    }

    private static long exponent(double value, boolean saturate, String mode) {
        if (Double.isNaN(value)) {
            return E8M0_NAN;
        }
        double size = Math.abs(value);
        if (size <= 0x1p-127) {
            return 0;
        }
        long bits = Double.doubleToRawLongBits(size);
        long exponent = (bits >>> 52) - 1023;
        long fraction = bits & ((1L << 52) - 1);
        boolean up = fraction != 0 && (mode.equals("up") || (mode.equals("nearest") && fraction >= 1L << 51));
        long code = exponent + (up ? 1 : 0) + E8M0_BIAS;
        return code < E8M0_NAN ? code : saturate ? E8M0_NAN - 1 : E8M0_NAN;
    }
}
