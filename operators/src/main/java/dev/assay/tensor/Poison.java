package dev.assay.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What an output holds before a kernel runs, so that an element which was never written is seen.
///
/// Two poisons are used in two runs: an element that holds the one after the first run and the other after the
/// second was not written. NaN alone would not do, for a right answer may be NaN.
public enum Poison {
    /// NaN where the type has one, otherwise all bits set.
    NAN,
    /// A large negative finite number that no reasonable result equals.
    FINITE;

    /// Bit pattern of one element.
    public long code(DType dtype) {
        long ones = dtype.bits() == 64 ? -1L : (1L << dtype.bits()) - 1;
        if (this == FINITE) {
            return dtype.isFloat() && dtype.bits() >= 8 && dtype != DType.E8M0
                    ? dtype.encode(-Math.min(1e30, dtype.maxFinite() * 0.75), true)
                    : ones / 3;
        }
        return dtype.hasNan() ? dtype.encode(Double.NaN) : ones;
    }

    /// Fills memory that holds elements of `dtype`.
    public void fill(MemorySegment memory, DType dtype) {
        long code = code(dtype);
        long word = code;
        for (int bits = dtype.bits(); bits < 64; bits *= 2) {
            word |= word << bits;
        }
        long words = memory.byteSize() / 8;
        for (long i = 0; i < words; i++) {
            memory.set(Tensor.LONG, i * 8, word);
        }
        for (long i = words * 8; i < memory.byteSize(); i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) (word >>> (i % 8 * 8)));
        }
    }
}
