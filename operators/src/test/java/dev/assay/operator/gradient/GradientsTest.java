package dev.assay.operator.gradient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.numerics.ErrorFunction;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GradientsTest {
    private static Example pair(Operator operator, String kept, Shape shape, double[] dy, double... y) {
        return new Example(operator).input("dY", DType.F32, shape, dy).input(kept, DType.F32, shape, y);
    }

    private static void assertValues(Answer answer, double... expected) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], answer.value(i), 1e-7, "element " + i);
            assertTrue(answer.accepts(i, (float) expected[i], DType.F32));
        }
    }

    @Test
    void softmaxByHand() {
        Answer answer = pair(new SoftmaxGrad(), "Y", Shape.of(1, 2), new double[] {1, 0}, 0.25, 0.75)
                .answer(0);
        assertValues(answer, 0.1875, -0.1875);
        assertFalse(answer.accepts(0, 0.25, DType.F32), "the sum is not taken away");
        Answer logs = pair(
                        new LogSoftmaxGrad(), "Y", Shape.of(1, 2), new double[] {1, 1}, Math.log(0.25), Math.log(0.75))
                .answer(0);
        assertValues(logs, 0.5, -0.5);
        assertFalse(logs.accepts(0, 1 + 2 * Math.log(0.25), DType.F32), "without the exponential");
    }

    @Test
    void wholeNumbersAreExact() {
        Answer answer = pair(new SoftmaxGrad(), "Y", Shape.of(1, 3), new double[] {1, 2, -1}, 3, -2, 2)
                .answer(0);
        // The sum is 3 - 4 - 2 = -3.
        double[] expected = {12, -10, 4};
        for (int i = 0; i < 3; i++) {
            assertTrue(answer.isExact(i));
            assertEquals(expected[i], answer.value(i));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 1000, 20000})
    void bothOrdersOfSoftmaxPass(int length) {
        Example example = new Example(new SoftmaxGrad())
                .input("dY", TensorSpec.of(DType.F32, 2, length))
                .input("Y", TensorSpec.of(DType.F32, 2, length))
                .fill("normal", 3);
        Answer answer = example.answer(0);
        double[] dy = example.values("dY");
        double[] y = example.values("Y");
        int seen = 0;
        for (int row = 0; row < 2; row++) {
            float dot = 0;
            float tail = 0;
            for (int i = 0; i < length; i++) {
                float product = (float) dy[row * length + i] * (float) y[row * length + i];
                dot += product;
                tail = product;
            }
            for (int i = row * length; i < (row + 1) * length; i++) {
                assertTrue(answer.accepts(i, (float) y[i] * ((float) dy[i] - dot), DType.F32), "y (dy - dot)");
                float apart = (float) y[i] * (float) dy[i] - (float) y[i] * dot;
                assertTrue(answer.accepts(i, apart, DType.F32), "y dy - y dot");
                seen += answer.accepts(i, (float) y[i] * ((float) dy[i] - (dot - tail)), DType.F32) ? 0 : 1;
            }
        }
        assertTrue(seen > length / 4, "a sum without its last term: " + seen);
    }

    @Test
    void elementsByHand() {
        double[] two = {2};
        Shape one = Shape.of(1);
        assertValues(pair(new SigmoidGrad(), "Y", one, two, 0.25).answer(0), 0.375);
        assertValues(pair(new TanhGrad(), "Y", one, two, 0.5).answer(0), 1.5);
        assertValues(pair(new GeluGrad(), "X", one, two, 0).answer(0), 1);
        assertValues(pair(new SwishGrad(), "X", one, two, 0).answer(0), 1);
        double s = 1 / (1 + Math.exp(-1));
        assertValues(pair(new SwishGrad(), "X", one, two, 1).answer(0), 2 * s * (1 + (1 - s)));
        Answer tanh = pair(new TanhGrad(), "Y", one, two, 0.5).answer(0);
        assertFalse(tanh.accepts(0, 1, DType.F32), "2 (1 - y)");
    }

    @Test
    void rectifiersStopAtZero() {
        Answer answer = pair(new ReluGrad(), "Y", Shape.of(4), new double[] {1, 2, Double.NaN, 4}, 0, 3, 0, Double.NaN)
                .answer(0);
        for (int i = 0; i < 4; i++) {
            assertTrue(answer.isExact(i));
        }
        assertEquals(0, answer.value(0));
        assertEquals(2, answer.value(1));
        assertEquals(0, answer.value(2));
        assertEquals(4, answer.value(3));
        assertFalse(answer.accepts(0, 1, DType.F32), "passed at 0");
    }

    @Test
    void theFormsOfGeluDiffer() {
        double[] x = new double[400];
        Arrays.setAll(x, i -> (i - 200) / 50.0);
        double[] ones = new double[400];
        Arrays.fill(ones, 1);
        Answer erf = pair(new GeluGrad(), "X", Shape.of(400), ones, x).answer(0);
        Answer tanh = pair(new GeluGrad(), "X", Shape.of(400), ones, x)
                .attribute("approximate", "tanh")
                .answer(0);
        int apart = 0;
        for (int i = 0; i < 400; i++) {
            float v = (float) x[i];
            float below = 0.5f * (1 + (float) ErrorFunction.erf(v * (float) Math.sqrt(0.5)));
            float bell = (float) Math.exp(-0.5f * v * v) * (float) (1 / Math.sqrt(2 * Math.PI));
            assertTrue(erf.accepts(i, below + v * bell, DType.F32), "f32 at " + v);
            apart += erf.accepts(i, (float) tanh.value(i), DType.F32) ? 0 : 1;
        }
        assertTrue(apart > 300, "the other form: " + apart);
    }

    @Test
    void gatedUnitsByHand() {
        Example example = new Example(new SwigluGrad())
                .input("dY", DType.F32, Shape.of(2), 2, 2)
                .input("A", DType.F32, Shape.of(2), 0, 1)
                .input("B", DType.F32, Shape.of(2), 3, 3);
        double s = 1 / (1 + Math.exp(-1));
        assertValues(example.answer(0), 3, 6 * s * (2 - s));
        assertValues(example.answer(1), 0, 2 * s);
        assertFalse(example.answer(1).accepts(1, 6 * s * (2 - s), DType.F32), "exchanged");
    }

    private static Example layer(DType dtype, int rows, int length) {
        return new Example(new LayerNormalizationGrad())
                .input("dY", TensorSpec.of(dtype, rows, length))
                .input("X", TensorSpec.of(dtype, rows, length))
                .input("Scale", TensorSpec.of(dtype, length))
                .input("Mean", TensorSpec.of(DType.F32, rows, 1))
                .input("InvStdDev", TensorSpec.of(DType.F32, rows, 1))
                .output("dB");
    }

    @Test
    void layerNormalizationByHand() {
        Example example = layer(DType.F32, 1, 2)
                .input("dY", DType.F32, Shape.of(1, 2), 1, 0)
                .input("X", DType.F32, Shape.of(1, 2), 3, 1)
                .input("Scale", DType.F32, Shape.of(2), 2, 2)
                .input("Mean", DType.F32, Shape.of(1, 1), 2)
                .input("InvStdDev", DType.F32, Shape.of(1, 1), 0.5);
        // n = (0.5, -0.5), g = (2, 0), c1 = 1, c2 = 0.5
        assertValues(example.answer(0), 0.5 * (2 - 1 - 0.25), 0.5 * (0 - 1 + 0.25));
        assertValues(example.answer(1), 0.5, 0);
        assertValues(example.answer(2), 1, 0);
        assertFalse(example.answer(0).accepts(0, 0.5 * (2 - 0.25), DType.F32), "the mean of g is left out");
        assertFalse(example.answer(0).accepts(0, 0.5 * (2 - 1), DType.F32), "the mean of g n is left out");
    }

    @ParameterizedTest
    @ValueSource(ints = {31, 1000})
    void partialSumsOfWeightsInF32PassAndInBf16DoNot(int rows) {
        Example example = layer(DType.BF16, rows, 8).fill("normal", 7);
        double[] dy = example.values("dY");
        double[] x = example.values("X");
        double[] mean = example.values("Mean");
        double[] inverse = example.values("InvStdDev");
        Answer scales = example.answer(1);
        int seen = 0;
        for (int column = 0; column < 8; column++) {
            float[] wide = new float[4];
            for (int row = 0; row < rows; row++) {
                int at = row * 8 + column;
                wide[row % 4] += (float) dy[at] * (((float) x[at] - (float) mean[row]) * (float) inverse[row]);
            }
            float sum = 0;
            float rough = 0;
            for (float part : wide) {
                sum += part;
                rough += (float) DType.BF16.round(part);
            }
            assertTrue(scales.accepts(column, DType.BF16.round(sum), DType.BF16), "two stages");
            seen += scales.accepts(column, DType.BF16.round(rough), DType.BF16) ? 0 : 1;
        }
        assertTrue(seen > 0, "partial sums in bf16");
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 768, 4096})
    void rowsOfNormalisationsInF32Pass(int length) {
        Example example = layer(DType.F32, 3, length).fill("normal", 8);
        Example root = new Example(new RmsNormalizationGrad())
                .input("dY", example.tensor("dY"))
                .input("X", example.tensor("X"))
                .input("scale", example.tensor("Scale"));
        double[] dy = example.values("dY");
        double[] x = example.values("X");
        double[] scale = example.values("Scale");
        Answer layers = example.answer(0);
        Answer roots = root.answer(0);
        int seen = 0;
        for (int row = 0; row < 3; row++) {
            float squares = 0;
            for (int i = 0; i < length; i++) {
                float value = (float) x[row * length + i];
                squares += value * value;
            }
            float inverse = 1 / (float) Math.sqrt(squares / length + 1e-5f);
            for (boolean centred : new boolean[] {true, false}) {
                float mean = centred ? (float) example.values("Mean")[row] : 0;
                float inv = centred ? (float) example.values("InvStdDev")[row] : inverse;
                float[] g = new float[length];
                float[] n = new float[length];
                float first = 0;
                float second = 0;
                for (int i = 0; i < length; i++) {
                    g[i] = (float) dy[row * length + i] * (float) scale[i];
                    n[i] = ((float) x[row * length + i] - mean) * inv;
                    first += g[i];
                    second += g[i] * n[i];
                }
                first = centred ? first / length : 0;
                second /= length;
                for (int i = 0; i < length; i++) {
                    Answer answer = centred ? layers : roots;
                    float dx = inv * (g[i] - first - n[i] * second);
                    assertTrue(answer.accepts(row * length + i, dx, DType.F32), "element " + i);
                    float without = inv * (g[i] - first);
                    seen += answer.accepts(row * length + i, without, DType.F32) ? 0 : 1;
                }
            }
        }
        assertTrue(seen > 4 * length, "the mean of g n left out: " + seen);
    }

    private static Example table(DType dtype, double[] dy, double... ids) {
        return new Example(new EmbeddingGrad())
                .attribute("rows", 3)
                .input("dY", dtype, Shape.of(ids.length, dy.length / ids.length), dy)
                .input("ids", DType.I64, Shape.of(ids.length), ids);
    }

    @Test
    void tokensOfAnIdAreAddedUp() {
        Answer answer =
                table(DType.F32, new double[] {1, 2, 3, 4, 5, 6}, 2, 0, 2).answer(0);
        assertEquals("[3.0, 4.0, 0.0, 0.0, 6.0, 8.0]", Arrays.toString(answer.values()));
        assertTrue(answer.isExact(4));
        assertFalse(answer.accepts(4, 5, DType.F32), "the last token alone");
        Answer padded = table(DType.F32, new double[] {1, 2, 3, 4, 5, 6}, 2, 0, 2)
                .attribute("padding_idx", 2)
                .answer(0);
        assertEquals("[3.0, 4.0, 0.0, 0.0, 0.0, 0.0]", Arrays.toString(padded.values()));
        assertFalse(padded.accepts(4, 6, DType.F32), "padding is trained");
        Answer open = table(DType.F32, new double[] {1, 2}, 3, 0).answer(0);
        assertTrue(open.isOpen(0) && open.isOpen(2), "an id that is no row");
    }

    @Test
    void sumsOfOnesDoNotStall() {
        double[] ones = new double[1000];
        Arrays.fill(ones, 1);
        Answer answer = table(DType.BF16, ones, new double[1000]).answer(0);
        assertTrue(answer.isExact(0));
        assertEquals(1000, answer.value(0));
        assertFalse(answer.accepts(0, 256, DType.BF16), "added up in bf16");
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThrows(
                InvalidCallException.class,
                () -> table(DType.F32, new double[2], 0, 1)
                        .input("dY", TensorSpec.of(DType.F32, 3, 2))
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> pair(new SoftmaxGrad(), "Y", Shape.of(2), new double[2], 1, 2)
                        .attribute("axis", 1)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> pair(new SoftmaxGrad(), "Y", Shape.of(2), new double[2], 1, 2)
                        .input("Y", TensorSpec.of(DType.F32, 1, 2))
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> pair(new GeluGrad(), "X", Shape.of(1), new double[1], 1)
                        .attribute("approximate", "sigmoid")
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> layer(DType.F32, 2, 3)
                        .input("Mean", TensorSpec.of(DType.F32, 2))
                        .call());
    }
}
