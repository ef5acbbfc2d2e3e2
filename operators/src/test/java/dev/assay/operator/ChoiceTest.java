package dev.assay.operator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.junit.jupiter.api.Test;

class ChoiceTest {
    private static long[] expected(double[] values, double error, boolean sorted, long... chosen) {
        double[] errors = new double[values.length];
        java.util.Arrays.fill(errors, error);
        return new Choice(values, errors).expected(chosen, sorted);
    }

    @Test
    void onlyTheLargestWillDoWhereNothingErrs() {
        double[] values = {1, 5, 3, 4};
        assertArrayEquals(new long[] {1, 3}, expected(values, 0, true, 1, 3));
        assertArrayEquals(new long[] {1, 3}, expected(values, 0, true, 3, 1), "in the other order");
        assertArrayEquals(new long[] {3, 1}, expected(values, 0, false, 3, 1), "any order was asked for");
        assertArrayEquals(new long[] {1, 3}, expected(values, 0, true, 1, 2));
        assertArrayEquals(new long[] {1, 3}, expected(values, 0, true, 1, 1), "twice");
        assertArrayEquals(new long[] {1, 3}, expected(values, 0, true, 1, 7), "outside");
        assertArrayEquals(new long[] {1, 3}, expected(values, 0, true, -1, 3));
    }

    @Test
    void ofEqualOnesAnyWillDo() {
        double[] values = {4, 5, 4, 4};
        assertArrayEquals(new long[] {1, 3}, expected(values, 0, true, 1, 3));
        assertArrayEquals(new long[] {1, 2}, expected(values, 0, true, 1, 2));
        assertArrayEquals(new long[] {1, 2, 0}, expected(values, 0, true, 1, 2, 2), "but not twice");
    }

    @Test
    void whatLiesCloserThanTheErrorsMayChangePlaces() {
        double[] values = {4, 5, 4.1, 3};
        assertArrayEquals(new long[] {1, 0}, expected(values, 0.06, true, 1, 0));
        assertArrayEquals(new long[] {1, 2}, expected(values, 0.04, true, 1, 0));
        assertArrayEquals(new long[] {1, 2}, expected(values, 0.06, true, 1, 3));
    }

    @Test
    void whatTakesNoPartIsNeverChosen() {
        double out = Double.NEGATIVE_INFINITY;
        assertArrayEquals(new long[] {1, 3}, expected(new double[] {out, 5, out, 4}, 0, true, 1, 0));
    }
}
