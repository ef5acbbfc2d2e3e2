package dev.assay.engine.training;

import dev.assay.tensor.DType;
import java.util.SplittableRandom;

/// How results are rounded: not at all, or as a device may round them.
///
/// A device that keeps its contract is free in the order in which it sums. Its result before rounding differs
/// from the exact one by about `u √n / 2` of the size of its neighbours, n the number of terms and u the unit
/// roundoff of the accumulator (Higham, Accuracy and Stability, 2nd edition, section 4.2: partial sums of
/// random order). So a twin adds noise of this size and rounds to the type in which the result is kept.
final class Freedom {
    private static final double UNIT_F32 = 0x1p-24;
    /// Of an equally distributed number between -1/2 and 1/2, to give a standard deviation of 1.
    private static final double SPREAD = Math.sqrt(12);

    private final boolean exact;
    private final SplittableRandom random;
    private final double unit;

    private Freedom(boolean exact, long seed, double unit) {
        this.exact = exact;
        this.random = new SplittableRandom(seed);
        this.unit = unit;
    }

    /// f64, and nothing rounded to less.
    static Freedom none() {
        return new Freedom(true, 0, 0);
    }

    /// Rounded as a device does that sums in f32.
    static Freedom ofF32(long seed) {
        return new Freedom(false, seed, UNIT_F32);
    }

    boolean isExact() {
        return exact;
    }

    /// Rounds values in place.
    ///
    /// @param line elements that are of a size: a row
    /// @param terms of each sum; 1 for what is computed from single elements
    void round(double[] values, int line, int terms, DType dtype) {
        if (exact || !dtype.isFloat()) {
            return;
        }
        double relative = dtype == DType.F64 ? 0 : unit * Math.sqrt(terms) / 2 * SPREAD;
        for (int from = 0; from < values.length; from += line) {
            int to = Math.min(values.length, from + line);
            addNoise(values, from, to, terms == 1 ? 0 : rootMeanSquare(values, from, to), relative);
            toNearest(values, from, to, dtype);
        }
    }

    /// Noise of a size, or of an element's own if that is larger. One random number is enough for four elements.
    private void addNoise(double[] values, int from, int to, double size, double relative) {
        for (int first = from; first < to; first += 4) {
            long bits = random.nextLong();
            int end = Math.min(first + 4, to);
            for (int i = first; i < end; i++) {
                double value = values[i];
                // What is exactly zero was not computed: a masked or dropped element.
                if (value != 0) {
                    double own = Math.abs(value);
                    values[i] = value + (size > own ? size : own) * relative * ((short) bits * 0x1p-16);
                }
                bits >>>= 16;
            }
        }
    }

    private static double rootMeanSquare(double[] values, int from, int to) {
        double squares = 0;
        for (int i = from; i < to; i++) {
            squares += values[i] * values[i];
        }
        return Math.sqrt(squares / (to - from));
    }

    /// Rounds to the nearest numbers of a type.
    static void toNearest(double[] values, int from, int to, DType dtype) {
        switch (dtype) {
            case F64 -> {}
            case F32 -> {
                for (int i = from; i < to; i++) {
                    values[i] = (float) values[i];
                }
            }
            case BF16 -> {
                for (int i = from; i < to; i++) {
                    values[i] = nearestBf16((float) values[i]);
                }
            }
            default -> {
                for (int i = from; i < to; i++) {
                    values[i] = dtype.round(values[i]);
                }
            }
        }
    }

    private static float nearestBf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isFinite(value) ? Float.intBitsToFloat((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000) : value;
    }
}
