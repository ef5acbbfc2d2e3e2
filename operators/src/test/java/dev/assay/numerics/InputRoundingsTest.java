package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.tensor.DType;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class InputRoundingsTest {
    private static ComputeContract inputs(InputRounding rounding) {
        return ComputeContract.strict().inputs(rounding).build();
    }

    /// Nearest multiple of the last place of an 11-bit significand, ties to even: the definition, in f64.
    private static double nearest(double value, int precision) {
        double step = Math.scalb(1.0, Math.getExponent(value) - precision + 1);
        return Math.rint(value / step) * step;
    }

    @Test
    void tf32RoundsToElevenBits() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 5000; i++) {
            float x = (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(-100, 100)));
            assertEquals(nearest(x, 11), InputRoundings.round(InputRounding.TF32, x));
            double cut = InputRoundings.round(InputRounding.TF32_TOWARD_ZERO, x);
            double step = Math.scalb(1.0, Math.getExponent(x) - 10);
            assertEquals(Math.copySign(Math.floor(Math.abs(x) / step) * step, x), cut);
            assertEquals(DType.BF16.round(x), InputRoundings.round(InputRounding.BF16, x));
            assertEquals(x, InputRoundings.round(InputRounding.NONE, x));
        }
    }

    @Test
    void tiesGoToEven() {
        assertEquals(1, InputRoundings.round(InputRounding.TF32, 1 + 0x1p-11));
        assertEquals(1 + 0x1p-9, InputRoundings.round(InputRounding.TF32, 1 + 3 * 0x1p-11));
        assertEquals(1 + 0x1p-10, InputRoundings.round(InputRounding.TF32, 1 + 0x1p-11 + 0x1p-23));
        assertEquals(2, InputRoundings.round(InputRounding.TF32, 2 - 0x1p-23), "the carry moves into the exponent");
        assertEquals(1, InputRoundings.round(InputRounding.TF32_TOWARD_ZERO, 1 + 0x1p-10 - 0x1p-23));
    }

    @Test
    void whatIsNotFiniteStays() {
        for (InputRounding rounding : InputRounding.values()) {
            assertEquals(Double.POSITIVE_INFINITY, InputRoundings.round(rounding, Double.POSITIVE_INFINITY));
            assertEquals(Double.NEGATIVE_INFINITY, InputRoundings.round(rounding, Double.NEGATIVE_INFINITY));
            assertTrue(Double.isNaN(InputRoundings.round(rounding, Double.NaN)));
            assertEquals(0, InputRoundings.round(rounding, 0.0));
        }
    }

    @Test
    void onlyWiderTypesChange() {
        assertTrue(InputRoundings.changes(inputs(InputRounding.TF32), DType.F32));
        assertTrue(InputRoundings.changes(inputs(InputRounding.TF32), DType.F64));
        assertFalse(InputRoundings.changes(inputs(InputRounding.TF32), DType.F16));
        assertFalse(InputRoundings.changes(inputs(InputRounding.TF32), DType.BF16));
        assertTrue(InputRoundings.changes(inputs(InputRounding.BF16), DType.F16));
        assertFalse(InputRoundings.changes(inputs(InputRounding.BF16), DType.BF16));
        assertFalse(InputRoundings.changes(ComputeContract.STRICT, DType.F64));
        assertTrue(InputRoundings.changes(
                ComputeContract.strict().flushesInputs(true).build(), DType.F16));
    }

    @Test
    void anUnchangedMatrixIsNotWrapped() {
        Matrix matrix = Matrix.of(new double[] {1, 2}, 0, 2);
        assertSame(matrix, InputRoundings.apply(ComputeContract.STRICT, DType.F32, matrix));
    }

    @Test
    void runsAreRoundedInPlaceAndNothingElse() {
        double[] run = {1 + 0x1p-20, 1 + 0x1p-20, 1 + 0x1p-20};
        InputRoundings.round(inputs(InputRounding.TF32), DType.F32, run, 1, 1);
        assertArrayEquals(new double[] {1 + 0x1p-20, 1, 1 + 0x1p-20}, run);
        double[] out = new double[3];
        Matrix matrix = Matrix.of(new double[] {1 + 0x1p-20, 3, 5}, 0, 3);
        InputRoundings.apply(inputs(InputRounding.TF32), DType.F32, matrix).row(0, 0, 3, out, 0);
        assertArrayEquals(new double[] {1, 3, 5}, out);
    }

    @Test
    void subnormalInputsOfTheirOwnTypeAreFlushed() {
        ComputeContract flushes = ComputeContract.strict().flushesInputs(true).build();
        double[] run = {0x1p-15, -0x1p-15, 0x1p-14, Double.NaN, 0x1p-130};
        InputRoundings.round(flushes, DType.F16, run, 0, 5);
        assertArrayEquals(new double[] {0, 0, 0x1p-14, Double.NaN, 0}, run);
        double[] f32 = {0x1p-127, 0x1p-126};
        InputRoundings.round(flushes, DType.F32, f32, 0, 2);
        assertArrayEquals(new double[] {0, 0x1p-126}, f32);
    }
}
