package dev.assay.operator.signal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import org.junit.jupiter.api.Test;

/// The layer of the Fourier neural operator by hand, and its bound fed wrong layers first.
class SpectralConvTest {
    @Test
    void theMeanAlone() {
        // One mode, weight 2: twice the mean everywhere.
        Example mean = new Example(new SpectralConv())
                .input("x", DType.F64, Shape.of(1, 1, 4), 1, 2, 3, 6)
                .input("weights", DType.F64, Shape.of(1, 1, 1, 2), 2, 5);
        assertArrayEquals(new double[] {6, 6, 6, 6}, mean.answer(0).values(), 1e-15);
    }

    @Test
    void allModesGiveTheSignalBack() {
        Example all = new Example(new SpectralConv())
                .input("x", DType.F64, Shape.of(1, 2, 4), 1, 2, 3, 6, 1, 1, -1, 0)
                .input("weights", DType.F64, Shape.of(2, 1, 3, 2), 1, 0, 1, 0, 1, 0, 10, 0, 10, 0, 10, 0);
        assertArrayEquals(new double[] {11, 12, -7, 6}, all.answer(0).values(), 1e-14);
    }

    /// A weight of -i turns a cosine by a quarter of a period.
    @Test
    void complexWeightsTurn() {
        Example turned = new Example(new SpectralConv())
                .input("x", DType.F64, Shape.of(1, 1, 4), 1, 0, -1, 0)
                .input("weights", DType.F64, Shape.of(1, 1, 2, 2), 0, 0, 0, -1);
        assertArrayEquals(new double[] {0, 1, 0, -1}, turned.answer(0).values(), 1e-15);
    }

    private static float[] layer(double[] x, double[] w, int n, int modes, int first, double conjugate) {
        float[] y = new float[n];
        for (int t = 0; t < n; t++) {
            float sum = 0;
            for (int k = 0; k < modes; k++) {
                int mode = k + first;
                float re = 0;
                float im = 0;
                for (int s = 0; s < n; s++) {
                    double angle = 2 * Math.PI * (mode * s % n) / n;
                    re += (float) x[s] * (float) Math.cos(angle);
                    im -= (float) x[s] * (float) Math.sin(angle);
                }
                float a = (float) w[2 * k];
                float b = (float) (conjugate * w[2 * k + 1]);
                float u = re * a - im * b;
                float v = re * b + im * a;
                double angle = 2 * Math.PI * (mode * t % n) / n;
                float part = u * (float) Math.cos(angle) - v * (float) Math.sin(angle);
                sum += mode == 0 || 2 * mode == n ? u * (float) Math.cos(angle) : 2 * part;
            }
            y[t] = sum / n;
        }
        return y;
    }

    private static boolean accepts(Answer answer, float[] y) {
        boolean all = true;
        for (int i = 0; i < y.length; i++) {
            all &= answer.accepts(i, y[i], DType.F32);
        }
        return all;
    }

    @Test
    void wrongLayersAreRefused() {
        Example example = new Example(new SpectralConv())
                .input("x", TensorSpec.of(DType.F32, 1, 1, 30))
                .input("weights", TensorSpec.of(DType.F32, 1, 1, 8, 2))
                .fill("normal", 5);
        double[] x = example.values("x");
        double[] w = example.values("weights");
        Answer answer = example.answer(0);
        assertFalse(accepts(answer, layer(x, w, 30, 8, 1, 1)), "modes off by one");
        assertFalse(accepts(answer, layer(x, w, 30, 7, 0, 1)), "the last mode dropped");
        assertFalse(accepts(answer, layer(x, w, 30, 8, 0, -1)), "conjugated weights");
        assertTrue(accepts(answer, layer(x, w, 30, 8, 0, 1)));
    }

    @Test
    void negativeFrequenciesCount() {
        // A wave that runs along the diagonal has its energy at k1 = n - 1.
        double[] x = new double[16];
        for (int i = 0; i < 16; i++) {
            x[i] = Math.cos(2 * Math.PI * (i % 4 - i / 4) / 4);
        }
        double[] none = new double[2 * 2 * 2];
        double[] ones = {1, 0, 1, 0, 1, 0, 1, 0};
        Example kept = plane(x, none, ones);
        Example dropped = plane(x, ones, none);
        assertArrayEquals(x, kept.answer(0).values(), 1e-14);
        assertArrayEquals(new double[16], dropped.answer(0).values(), 1e-14);
    }

    private static Example plane(double[] x, double[] positive, double[] negative) {
        return new Example(new SpectralConv())
                .input("x", DType.F64, Shape.of(1, 1, 4, 4), x)
                .input("weights", DType.F64, Shape.of(1, 1, 2, 2, 2), positive)
                .input("weights2", DType.F64, Shape.of(1, 1, 2, 2, 2), negative);
    }

    @Test
    void badCallsAreRefused() {
        Example modes = new Example(new SpectralConv())
                .input("x", TensorSpec.of(DType.F32, 1, 1, 8))
                .input("weights", TensorSpec.of(DType.F32, 1, 1, 6, 2));
        assertTrue(assertThrows(InvalidCallException.class, modes::call)
                .getMessage()
                .contains("no more modes"));
        Example second = new Example(new SpectralConv())
                .input("x", TensorSpec.of(DType.F32, 1, 1, 8, 8))
                .input("weights", TensorSpec.of(DType.F32, 1, 1, 2, 2, 2));
        assertTrue(assertThrows(InvalidCallException.class, second::call)
                .getMessage()
                .contains("weights2"));
        assertEquals("spectral_conv", new SpectralConv().name());
    }
}
