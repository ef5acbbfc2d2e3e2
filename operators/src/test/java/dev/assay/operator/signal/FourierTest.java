package dev.assay.operator.signal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.numerics.DoubleDouble;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Transforms worked out by hand, and bounds that are fed wrong ones first.
class FourierTest {
    private static Example signal(DType dtype, double... values) {
        return new Example(new Dft()).input("input", dtype, Shape.of(1, values.length, 1), values);
    }

    @Test
    void fourNumbersByHand() {
        Answer all = signal(DType.F64, 1, 2, 3, 4).answer(0);
        assertArrayEquals(new double[] {10, 0, -2, 2, -2, 0, -2, -2}, all.values(), 1e-15);
        Answer half = signal(DType.F64, 1, 2, 3, 4).attribute("onesided", 1).answer(0);
        assertArrayEquals(new double[] {10, 0, -2, 2, -2, 0}, half.values(), 1e-15);
        Answer padded = signal(DType.F64, 1, 1).constant("dft_length", 4).answer(0);
        assertArrayEquals(new double[] {2, 0, 1, -1, 0, 0, 1, 1}, padded.values(), 1e-15);
        Answer cut = signal(DType.F64, 1, 5, 7).constant("dft_length", 2).answer(0);
        assertArrayEquals(new double[] {6, 0, -4, 0}, cut.values(), 1e-15);
    }

    @Test
    void theInverseByHand() {
        Example spectrum = new Example(new Dft())
                .input("input", DType.F64, Shape.of(1, 3, 2), 10, 5, -2, 2, -2, 7)
                .attribute("inverse", 1)
                .attribute("onesided", 1);
        // Imaginary parts of the first and middle elements count for nothing.
        assertArrayEquals(new double[] {1, 2, 3, 4}, spectrum.answer(0).values(), 1e-15);
        assertEquals(Shape.of(1, 4, 1), spectrum.outputs().getFirst().shape());
        Example odd = new Example(new Dft())
                .input("input", DType.F64, Shape.of(1, 2, 2), 6, 0, -1.5, Math.sqrt(0.75))
                .constant("dft_length", 3)
                .attribute("inverse", 1)
                .attribute("onesided", 1);
        assertArrayEquals(new double[] {1, 2, 3}, odd.answer(0).values(), 1e-15);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 12, 30, 64, 97})
    void factorsGiveWhatTheDefinitionGives(int n) {
        ComplexLine x = ComplexLine.zeros(n);
        for (int t = 0; t < n; t++) {
            x.set(t, Math.sin(t * t + 1.0), Math.cos(3.0 * t));
        }
        ComplexLine fast = x.copy();
        ExactDft.along(fast, new int[] {n}, 0, false);
        ComplexLine roots = ExactDft.roots(n);
        for (int k = 0; k < n; k++) {
            DoubleDouble re = DoubleDouble.ZERO;
            DoubleDouble im = DoubleDouble.ZERO;
            for (int t = 0; t < n; t++) {
                int at = k * t % n;
                re = re.plus(x.re()[t].times(roots.re()[at])).minus(x.im()[t].times(roots.im()[at]));
                im = im.plus(x.re()[t].times(roots.im()[at])).plus(x.im()[t].times(roots.re()[at]));
            }
            assertEquals(0, re.minus(fast.re()[k]).hi(), 1e-27);
            assertEquals(0, im.minus(fast.im()[k]).hi(), 1e-27);
        }
        // And back.
        ExactDft.along(fast, new int[] {n}, 0, true);
        assertEquals(0, fast.re()[n / 2].minus(x.re()[n / 2].times((double) n)).hi(), 1e-27);
    }

    /// Roots of unity to twice the digits of f64: of 12 known by roots of 3, of others by their squares.
    @Test
    void rootsOfUnityAreExact() {
        ComplexLine twelve = ExactDft.roots(12);
        DoubleDouble half = DoubleDouble.of(3).sqrt().scaled(-1);
        assertEquals(0, twelve.re()[1].minus(half).hi(), 1e-31);
        assertEquals(0, twelve.im()[4].plus(half).hi(), 1e-31);
        ComplexLine roots = ExactDft.roots(1021);
        for (int k = 0; k < 1021; k++) {
            DoubleDouble square = roots.re()[k].times(roots.re()[k]).plus(roots.im()[k].times(roots.im()[k]));
            assertEquals(0, square.minus(DoubleDouble.ONE).hi(), 1e-30);
            assertEquals(Math.cos(2 * Math.PI * k / 1021), roots.re()[k].hi(), 1e-14);
            assertEquals(-Math.sin(2 * Math.PI * k / 1021), roots.im()[k].hi(), 1e-14);
        }
    }

    /// A transform by definition in f32.
    private static double[] naive(double[] x, double sign, double factor, DoubleUnaryOperator table) {
        int n = x.length;
        double[] y = new double[2 * n];
        for (int k = 0; k < n; k++) {
            float re = 0;
            float im = 0;
            for (int t = 0; t < n; t++) {
                double angle = 2 * Math.PI * ((long) k * t % n) / n;
                float c = (float) table.applyAsDouble(Math.cos(angle));
                float s = (float) table.applyAsDouble(sign * Math.sin(angle));
                re += (float) x[t] * c;
                im += (float) x[t] * s;
            }
            y[2 * k] = (float) (re * factor);
            y[2 * k + 1] = (float) (im * factor);
        }
        return y;
    }

    private static boolean accepts(Answer answer, double[] got) {
        boolean all = true;
        for (int i = 0; i < got.length; i++) {
            all &= answer.accepts(i, got[i], DType.F32);
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 64, 97, 500})
    void wrongTransformsAreRefused(int n) {
        Example example = new Example(new Dft())
                .input("input", TensorSpec.of(DType.F32, 1, n, 1))
                .fill("normal", 3);
        double[] x = example.values("input");
        Answer answer = example.answer(0);
        assertFalse(accepts(answer, naive(x, 1, 1, c -> c)), "the other sign");
        assertFalse(accepts(answer, naive(x, -1, 1.0 / n, c -> c)), "a factor too many");
        assertFalse(accepts(answer, naive(x, -1, 1, DType.F16::round)), "roots in f16");
        assertFalse(accepts(answer, naive(x, -1, 1, DType.BF16::round)), "roots in bf16");
        double[] spoilt = naive(x, -1, 1, c -> c);
        spoilt[n] = Double.NaN;
        assertFalse(accepts(answer, spoilt), "NaN");
        double[] shorter = naive(Arrays.copyOf(Arrays.copyOf(x, n - 1), n), -1, 1, c -> c);
        assertFalse(accepts(answer, shorter), "the last number left out");
        assertTrue(accepts(answer, naive(x, -1, 1, c -> c)));
    }

    @Test
    void aLineWithNanSpoilsNoOther() {
        Answer answer = new Example(new Dft())
                .input("input", DType.F32, Shape.of(2, 2, 1), Double.NaN, 1, 3, 4)
                .answer(0);
        assertTrue(answer.isOpen(0) && answer.isOpen(3));
        assertFalse(answer.isOpen(4));
        assertEquals(7, answer.value(4));
    }

    @Test
    void planesByHand() {
        // x = [[1, 2], [3, 4]]: sums and differences of rows and columns.
        Example plane = new Example(new FftN()).input("input", DType.F64, Shape.of(2, 2, 1), 1, 2, 3, 4);
        assertArrayEquals(
                new double[] {10, 0, -2, 0, -4, 0, 0, 0}, plane.answer(0).values(), 1e-15);
        Example ortho = new Example(new FftN())
                .input("input", DType.F64, Shape.of(2, 2, 1), 1, 2, 3, 4)
                .attribute("norm", "ortho");
        assertArrayEquals(
                new double[] {5, 0, -1, 0, -2, 0, 0, 0}, ortho.answer(0).values(), 1e-15);
        Example back = new Example(new FftN())
                .input("input", DType.F64, Shape.of(2, 2, 2), 10, 1, -2, 2, -4, 3, 0, 4)
                .attribute("inverse", 1)
                .attribute("onesided", 1);
        assertArrayEquals(new double[] {1, 2, 3, 4}, back.answer(0).values(), 1e-15);
    }

    @Test
    void framesByHand() {
        Example frames = new Example(new Stft())
                .input("signal", DType.F64, Shape.of(1, 6, 1), 1, 2, 3, 4, 5, 6)
                .constant("frame_step", 2)
                .input("window", DType.F64, Shape.of(2), 1, 3);
        // (1, 6), (3, 12), (5, 18)
        assertArrayEquals(
                new double[] {7, 0, -5, 0, 15, 0, -9, 0, 23, 0, -13, 0},
                frames.answer(0).values(),
                1e-15);
    }

    @Test
    void windowsByHand() {
        Answer hann = new Example(new HannWindow())
                .constant("size", 4)
                .attribute("output_datatype", 11)
                .answer(0);
        assertArrayEquals(new double[] {0, 0.5, 1, 0.5}, hann.values(), 1e-16);
        Answer blackman = new Example(new BlackmanWindow())
                .constant("size", 3)
                .attribute("periodic", 0)
                .answer(0);
        assertArrayEquals(new double[] {0, 1, 0}, blackman.values(), 1e-16);
        Answer hamming = new Example(new HammingWindow()).constant("size", 4).answer(0);
        assertArrayEquals(new double[] {4 / 46.0, 25 / 46.0, 1, 25 / 46.0}, hamming.values(), 1e-15);
        assertFalse(hamming.accepts(0, 0.08, DType.F32), "0.54 - 0.46, as others define it");
        assertTrue(hamming.accepts(0, (float) (4 / 46.0), DType.F32));
    }

    @Test
    void badCallsAreRefused() {
        Example last = new Example(new Dft())
                .input("input", TensorSpec.of(DType.F32, 2, 4, 1))
                .constant("axis", 2);
        assertTrue(assertThrows(InvalidCallException.class, last::call)
                .getMessage()
                .contains("axis 2"));
        Example complex = new Example(new Dft())
                .input("input", TensorSpec.of(DType.F32, 2, 4, 2))
                .attribute("onesided", 1);
        assertTrue(assertThrows(InvalidCallException.class, complex::call)
                .getMessage()
                .contains("real"));
        Example order = new Example(new FftN())
                .input("input", TensorSpec.of(DType.F32, 2, 4, 2))
                .attribute("dim", List.of(1L, 0L));
        assertTrue(assertThrows(InvalidCallException.class, order::call)
                .getMessage()
                .contains("ascending"));
        Example frame = new Example(new Stft())
                .input("signal", TensorSpec.of(DType.F32, 1, 4, 1))
                .constant("frame_step", 1)
                .constant("frame_length", 5);
        assertTrue(assertThrows(InvalidCallException.class, frame::call)
                .getMessage()
                .contains("no shorter"));
    }
}
