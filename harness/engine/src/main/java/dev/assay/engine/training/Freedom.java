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
            double size = terms == 1 ? 0 : rootMeanSquare(values, from, to);
            for (int i = from; i < to; i++) {
                // What is exactly zero was not computed: a masked or dropped element.
                double noise = values[i] == 0
                        ? 0
                        : Math.max(size, Math.abs(values[i])) * relative * (random.nextDouble() - 0.5);
                values[i] = nearest(values[i] + noise, dtype);
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

    static double nearest(double value, DType dtype) {
        return switch (dtype) {
            case F64 -> value;
            case F32 -> (float) value;
            case BF16 -> {
                int bits = Float.floatToRawIntBits((float) value);
                yield Float.isFinite((float) value)
                        ? Float.intBitsToFloat((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000)
                        : value;
            }
            default -> dtype.round(value);
        };
    }
}
