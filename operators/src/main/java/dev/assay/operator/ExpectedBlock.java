package dev.assay.operator;

import java.util.Arrays;

/// Expected values of a box of elements and the error that the contract allows for each.
///
/// Reused from box to box: an oracle fills the arrays from index 0, in the row-major order of the box.
public final class ExpectedBlock {
    /// Elements that a block usually holds.
    public static final int USUAL_CAPACITY = 1 << 20;

    /// Flag: the semantics leave this element open, any value will do.
    public static final byte ANY = 1;
    /// Flag: besides a value within the bound, an infinity or NaN will do too (a legal order of evaluation
    /// overflows, or multiplies a masked NaN by zero).
    public static final byte OR_NOT_FINITE = 2;

    /// Flag: the error model is an emulated envelope, for sums whose errors are not independent: no statistics.
    public static final byte GUARDED = 4;

    private int elements;
    private double[] values = new double[0];
    private double[] lows = new double[0];
    private double[] sigmas = new double[0];
    private double[] deterministic = new double[0];
    private double[] systematic = new double[0];
    private byte[] flags = new byte[0];

    /// Makes room for a box, every value 0 and exact.
    public void reset(Region region) {
        reset(Math.toIntExact(region.elements()));
    }

    public void reset(int count) {
        elements = count;
        if (values.length < count) {
            values = new double[count];
            lows = new double[count];
            sigmas = new double[count];
            deterministic = new double[count];
            systematic = new double[count];
            flags = new byte[count];
            return;
        }
        Arrays.fill(values, 0, count, 0);
        Arrays.fill(lows, 0, count, 0);
        Arrays.fill(sigmas, 0, count, 0);
        Arrays.fill(deterministic, 0, count, 0);
        Arrays.fill(systematic, 0, count, 0);
        Arrays.fill(flags, 0, count, (byte) 0);
    }

    public int elements() {
        return elements;
    }

    /// Expected values, rounded to f64.
    public double[] values() {
        return values;
    }

    /// What the exact value exceeds [#values] by, where f64 is not enough; otherwise 0.
    public double[] lows() {
        return lows;
    }

    /// Standard deviation σ of the random error before the final rounding.
    public double[] sigmas() {
        return sigmas;
    }

    /// Bound D of the deterministic error before the final rounding. With σ = D = 0 only the correctly rounded
    /// value is right.
    public double[] deterministic() {
        return deterministic;
    }

    /// How much of σ may have the same sign in every element (the error of an approximated function); the test for
    /// bias allows it.
    public double[] systematic() {
        return systematic;
    }

    public byte[] flags() {
        return flags;
    }
}
