package dev.assay.engine.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FreedomTest {
    private static final int LINE = 101;

    /// Lines of one size, the odd ones a thousand times the even ones.
    private static double[] values(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] values = new double[400 * LINE];
        Arrays.setAll(values, i -> (i / LINE % 2 == 0 ? 1 : 1000) * random.nextGaussian());
        return values;
    }

    /// Standard deviation `u √n / 2` of the size of a line, and f32's own rounding beside it.
    @ParameterizedTest
    @ValueSource(ints = {64, 1024, 4096})
    void noiseIsThatOfASumOfSoManyTerms(int terms) {
        double[] before = values(1);
        double[] after = before.clone();
        Freedom.ofF32(2).round(after, LINE, terms, DType.F32);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < before.length; i++) {
            double unit = 0x1p-24 * Math.sqrt(terms) / 2 * (i / LINE % 2 == 0 ? 1 : 1000);
            double noise = (after[i] - before[i]) / unit;
            sum += noise;
            squares += noise * noise;
        }
        // A normal number above its line's size has noise of its own: E max(1, x^2) is 1.48.
        double expected = Math.sqrt(1.484);
        assertEquals(expected, Math.sqrt(squares / before.length), 0.05 * expected);
        assertEquals(0, sum / before.length, 7 * expected / Math.sqrt(before.length));
    }

    /// Four elements share a random number, of which each takes a part.
    @Test
    void neighboursHaveNoiseOfTheirOwn() {
        double[] ones = new double[4 * 4096];
        Arrays.fill(ones, 1);
        Freedom.ofF32(3).round(ones, ones.length, 1 << 20, DType.F32);
        for (int apart = 1; apart <= 8; apart++) {
            double products = 0;
            double squares = 0;
            for (int i = 0; i + apart < ones.length; i++) {
                products += (ones[i] - 1) * (ones[i + apart] - 1);
                squares += (ones[i] - 1) * (ones[i] - 1);
            }
            assertTrue(
                    Math.abs(products / squares) < 7 / Math.sqrt(ones.length), apart + " apart: " + products / squares);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BF16", "F16", "F32"})
    void resultsAreNumbersOfTheType(String name) {
        DType dtype = DType.valueOf(name);
        double[] values = values(4);
        values[7] = 0;
        values[8] = Double.POSITIVE_INFINITY;
        values[9] = Double.NaN;
        Freedom.ofF32(5).round(values, 1, 64, dtype);
        double[] again = values.clone();
        Arrays.setAll(again, i -> dtype.round(again[i]));
        assertArrayEquals(again, values);
        assertEquals(0, values[7], "what was not computed has no noise");
        assertFalse(Double.isFinite(values[8]), "what overflowed stays so");
        assertTrue(Double.isNaN(values[9]));
    }

    /// Against the type's own rounding, whose codes are tested one by one.
    @ParameterizedTest
    @ValueSource(strings = {"BF16", "F16", "F32", "F64"})
    void roundingIsToNearest(String name) {
        DType dtype = DType.valueOf(name);
        double[] values = values(6);
        // In f32 first, from which bf16 is rounded: halfway cases of bf16 are among them.
        Arrays.setAll(values, i -> Float.intBitsToFloat(Float.floatToRawIntBits((float) values[i]) & 0xffff_8000));
        double[] nearest = values.clone();
        Freedom.toNearest(nearest, 0, nearest.length, dtype);
        Arrays.setAll(values, i -> dtype.round(values[i]));
        assertArrayEquals(values, nearest);
    }

    @Test
    void anExactTwinRoundsNothing() {
        double[] values = values(8);
        double[] before = values.clone();
        Freedom.none().round(values, LINE, 64, DType.BF16);
        assertArrayEquals(before, values);
    }
}
