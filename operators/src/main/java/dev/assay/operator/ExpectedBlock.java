package dev.assay.operator;

import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Expected values of a box of elements and the error that the contract allows for each.
///
/// Reused from box to box: an oracle fills the arrays from index 0, in the row-major order of the box. Where errors
/// cost more than the values, and most of them never decide anything, an oracle gives [OnDemand] instead; then the
/// arrays of errors and flags are filled when somebody asks for one, and [#pick] has those of a few elements for
/// less.
public final class ExpectedBlock {
    /// Elements that a block usually holds.
    public static final int USUAL_CAPACITY = 1 << 20;

    /// Flag: the semantics leave this element open, any value will do.
    public static final byte ANY = 1;
    /// Flag: besides a value within the bound, an infinity or NaN will do too (a legal order of evaluation
    /// overflows, or multiplies a masked NaN by zero).
    public static final byte OR_NOT_FINITE = 2;

    /// Flag: the error is not independent of others', as where the model is an emulated envelope for a sum, or an
    /// element repeats another one's sum: no statistics.
    public static final byte GUARDED = 4;

    /// Errors of a block whose elements are all finite, none of them exact (so that every bound is wider than the
    /// final rounding alone) and none open.
    public interface OnDemand {
        /// Writes σ, D and flags of the element `elements[n]` to index n of `into`, by [ExpectedBlock#allow] and
        /// [ExpectedBlock#mark].
        ///
        /// @param elements in ascending order
        /// @param negligible in ulps of the value: where σ and D together are shown to be below, bounds of them
        ///     will do
        void write(int[] elements, double negligible, ExpectedBlock into);

        /// What `D + λσ` of an element is at least, for less than to work it out.
        double least(int element);
    }

    private final Doubles values = new Doubles();
    private final Doubles lows = new Doubles();
    private final Doubles sigmas = new Doubles();
    private final Doubles deterministic = new Doubles();
    private final Doubles systematic = new Doubles();
    private final Bytes flags = new Bytes();
    private int elements;
    private volatile @Nullable OnDemand onDemand;

    /// An array that is cleared when it is first asked for, be it from many threads: most boxes need few of them.
    private abstract static class Column<A> {
        private A array;
        private int count;
        private volatile boolean cleared = true;

        Column(A empty) {
            this.array = empty;
        }

        abstract int length(A array);

        abstract A allocate(int length);

        abstract void clear(A array, int count);

        final void reset(int elements) {
            count = elements;
            cleared = false;
        }

        final A get() {
            if (!cleared) {
                clear();
            }
            return array;
        }

        /// The array with any content, for who writes all of it.
        final synchronized A getToOverwrite() {
            if (!cleared) {
                if (length(array) < count) {
                    array = allocate(count);
                }
                cleared = true;
            }
            return array;
        }

        private synchronized void clear() {
            if (!cleared) {
                if (length(array) < count) {
                    array = allocate(count);
                } else {
                    clear(array, count);
                }
                cleared = true;
            }
        }

        /// Whether nobody has asked for it yet.
        final boolean isZero() {
            return !cleared;
        }
    }

    private static final class Doubles extends Column<double[]> {
        Doubles() {
            super(new double[0]);
        }

        @Override
        int length(double[] array) {
            return array.length;
        }

        @Override
        double[] allocate(int length) {
            return new double[length];
        }

        @Override
        void clear(double[] array, int count) {
            Arrays.fill(array, 0, count, 0);
        }

        void pick(int[] elements, Doubles into) {
            if (!isZero()) {
                double[] from = get();
                double[] to = into.get();
                for (int n = 0; n < elements.length; n++) {
                    to[n] = from[elements[n]];
                }
            }
        }
    }

    private static final class Bytes extends Column<byte[]> {
        Bytes() {
            super(new byte[0]);
        }

        @Override
        int length(byte[] array) {
            return array.length;
        }

        @Override
        byte[] allocate(int length) {
            return new byte[length];
        }

        @Override
        void clear(byte[] array, int count) {
            Arrays.fill(array, 0, count, (byte) 0);
        }

        void pick(int[] elements, Bytes into) {
            if (!isZero()) {
                byte[] from = get();
                byte[] to = into.get();
                for (int n = 0; n < elements.length; n++) {
                    to[n] = from[elements[n]];
                }
            }
        }
    }

    /// Makes room for a box, every value 0 and exact.
    public void reset(Region region) {
        reset(Math.toIntExact(region.elements()));
    }

    public void reset(int count) {
        elements = count;
        onDemand = null;
        values.reset(count);
        lows.reset(count);
        sigmas.reset(count);
        deterministic.reset(count);
        systematic.reset(count);
        flags.reset(count);
    }

    public int elements() {
        return elements;
    }

    /// Expected values, rounded to f64.
    public double[] values() {
        return values.get();
    }

    /// The array of [#values] with any content, for who writes every one of them.
    public double[] valuesToOverwrite() {
        return values.getToOverwrite();
    }

    /// What the exact value exceeds [#values] by, where f64 is not enough; otherwise 0.
    public double[] lows() {
        return lows.get();
    }

    /// Standard deviation σ of the random error before the final rounding.
    public double[] sigmas() {
        complete();
        return sigmas.get();
    }

    /// Bound D of the deterministic error before the final rounding. With σ = D = 0 only the correctly rounded
    /// value is right.
    public double[] deterministic() {
        complete();
        return deterministic.get();
    }

    /// How much of σ may have the same sign in every element (the error of an approximated function); the test for
    /// bias allows it.
    public double[] systematic() {
        complete();
        return systematic.get();
    }

    public byte[] flags() {
        complete();
        return flags.get();
    }

    /// Sets the error model of an element.
    public void allow(int element, double sigma, double certain) {
        sigmas.get()[element] = sigma;
        deterministic.get()[element] = certain;
    }

    /// Adds a flag to those of an element.
    public void mark(int element, byte flag) {
        flags.get()[element] |= flag;
    }

    /// Sets an exact value by its code, which 64-bit integers need beyond 2^53.
    public void setInteger(int element, long code, DType dtype) {
        double value = dtype.decode(code);
        values.get()[element] = value;
        if (dtype.bits() == 64 && !dtype.isFloat()) {
            double beyond = beyond(code, dtype);
            if (beyond != 0) {
                lows.get()[element] = beyond;
            }
        }
    }

    /// A whole number as the 64 bits of a signed or unsigned long.
    private static long toLong(double value) {
        if (value >= 0x1p64) {
            return 0;
        }
        return value >= 0x1p63 ? (long) (value - 0x1p63) + Long.MIN_VALUE : (long) value;
    }

    /// What a 64-bit integer exceeds its value in f64 by.
    public static double beyond(long code, DType dtype) {
        return dtype.decodeLong(code) - toLong(dtype.decode(code));
    }

    /// Leaves the errors of all elements to be worked out when they are asked for.
    public void leaveErrors(OnDemand errors) {
        onDemand = errors;
    }

    /// What `D + λσ` of an element is at least, where [#leavesErrors].
    public double leastError(int element) {
        OnDemand errors = onDemand;
        return errors == null ? 0 : errors.least(element);
    }

    /// Whether errors are still to be worked out.
    public boolean leavesErrors() {
        return onDemand != null;
    }

    private void complete() {
        if (onDemand != null) {
            synchronized (this) {
                OnDemand errors = onDemand;
                if (errors != null) {
                    errors.write(IntStream.range(0, elements).toArray(), 0, this);
                    onDemand = null;
                }
            }
        }
    }

    /// A block of some elements of this one, with their errors.
    ///
    /// @param picked their numbers, in ascending order
    public ExpectedBlock pick(int[] picked) {
        return pick(picked, 0);
    }

    /// The same, for who cares little about small errors.
    ///
    /// @param negligible in ulps of the value: where σ and D together are shown to be below, the block may have
    ///     bounds of them instead
    public ExpectedBlock pick(int[] picked, double negligible) {
        ExpectedBlock part = new ExpectedBlock();
        part.reset(picked.length);
        values.pick(picked, part.values);
        lows.pick(picked, part.lows);
        OnDemand errors = onDemand;
        if (errors != null) {
            errors.write(picked, negligible, part);
        } else {
            sigmas.pick(picked, part.sigmas);
            deterministic.pick(picked, part.deterministic);
            systematic.pick(picked, part.systematic);
            flags.pick(picked, part.flags);
        }
        return part;
    }
}
