package dev.assay.operator.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LossesTest {
    private static final double INFINITY = Double.POSITIVE_INFINITY;
    private static final double LOG_3 = Math.log(3);
    /// Probabilities 1/4 and 3/4 in each of three rows.
    private static final double[] QUARTERS = {0, LOG_3, 0, LOG_3, 0, LOG_3};

    private static Example quarters(String reduction) {
        return new Example(new SoftmaxCrossEntropyLoss())
                .attribute("reduction", reduction)
                .input("scores", DType.F32, Shape.of(3, 2), QUARTERS)
                .input("labels", DType.I64, Shape.of(3), 0, 1, 1);
    }

    @Test
    void lossesByHand() {
        Answer answer = quarters("none").output("log_prob").answer(0);
        double[] expected = {Math.log(4), Math.log(4.0 / 3), Math.log(4.0 / 3)};
        for (int row = 0; row < 3; row++) {
            assertEquals(expected[row], answer.value(row), 1e-7);
            assertTrue(answer.accepts(row, (float) expected[row], DType.F32));
            assertFalse(answer.accepts(row, expected[row] + 1e-5, DType.F32), "off by far more than a few ulps");
        }
        Answer logs = quarters("none").output("log_prob").answer(1);
        assertEquals(-Math.log(4), logs.value(0), 1e-7);
        assertEquals(-Math.log(4.0 / 3), logs.value(1), 1e-7);
    }

    @Test
    void weightsCountInTheMean() {
        Answer answer =
                quarters("mean").input("weights", DType.F32, Shape.of(2), 1, 3).answer(0);
        double sum = Math.log(4) + 6 * Math.log(4.0 / 3);
        assertEquals(sum / 7, answer.value(0), 1e-7);
        assertFalse(answer.accepts(0, sum / 3, DType.F32), "divided by the rows");
        assertFalse(answer.accepts(0, sum, DType.F32), "not divided");
        assertFalse(answer.accepts(0, (Math.log(4) + 2 * Math.log(4.0 / 3)) / 3, DType.F32), "weights ignored");
    }

    @Test
    void ignoredRowsCountNowhere() {
        Example example = quarters("mean").attribute("ignore_index", 0);
        assertEquals(Math.log(4.0 / 3), example.answer(0).value(0), 1e-7);
        assertFalse(example.answer(0).accepts(0, 2 * Math.log(4.0 / 3) / 3, DType.F32), "the mean over all rows");
        Answer rows = quarters("none").attribute("ignore_index", 0).answer(0);
        assertTrue(rows.isExact(0));
        assertEquals(0, rows.value(0));
        // Labels of rows that are ignored need not be classes.
        Answer outside = quarters("mean")
                .attribute("ignore_index", -100)
                .input("labels", DType.I64, Shape.of(3), -100, 1, 1)
                .answer(0);
        assertEquals(Math.log(4.0 / 3), outside.value(0), 1e-7);
    }

    @Test
    void nothingThatCountsIsZeroByZero() {
        Answer answer = quarters("mean")
                .attribute("ignore_index", 5)
                .input("labels", DType.I64, Shape.of(3), 5, 5, 5)
                .answer(0);
        assertTrue(Double.isNaN(answer.value(0)));
        assertFalse(answer.accepts(0, 0, DType.F32));
    }

    @Test
    void labelsThatAreNoClassLeaveTheirRowOpen() {
        Example example = quarters("none").input("labels", DType.I64, Shape.of(3), 0, 2, 1);
        assertTrue(example.answer(0).isOpen(1));
        assertFalse(example.answer(0).isOpen(2));
        assertTrue(quarters("mean")
                .input("labels", DType.I64, Shape.of(3), 0, 2, 1)
                .answer(0)
                .isOpen(0));
    }

    @Test
    void likelihoodsAreMovedAndNegated() {
        Example example = new Example(new NegativeLogLikelihoodLoss())
                .attribute("reduction", "none")
                .input("input", DType.F32, Shape.of(2, 3), -1, -2, -3, -4, -0.1, -6)
                .input("target", DType.I32, Shape.of(2), 2, 1);
        Answer answer = example.answer(0);
        assertTrue(answer.isExact(0) && answer.isExact(1));
        assertEquals(3, answer.value(0));
        assertEquals((float) 0.1, answer.value(1));
        assertFalse(answer.accepts(1, Math.nextUp((float) 0.1), DType.F32), "off by an ulp");
    }

    private static Example training(double smoothing, double z, double... logits) {
        return new Example(new CrossEntropy())
                .attribute("reduction", "none")
                .attribute("label_smoothing", smoothing)
                .attribute("z_loss", z)
                .input("logits", DType.F32, Shape.of(1, logits.length), logits)
                .input("labels", DType.I64, Shape.of(1), 1);
    }

    @Test
    void smoothingAndZLossByHand() {
        double lse = Math.log(4);
        double plain = lse - LOG_3;
        double smooth = lse - LOG_3 / 2;
        Answer answer = training(0.1, 0.5, 0, LOG_3).answer(0);
        double expected = 0.9 * plain + 0.1 * smooth + 0.5 * lse * lse;
        assertEquals(expected, answer.value(0), 1e-7);
        assertFalse(answer.accepts(0, plain + 0.5 * lse * lse, DType.F32), "not smoothed");
        assertFalse(answer.accepts(0, 0.9 * plain + 0.1 * smooth, DType.F32), "no z-loss");
        assertFalse(answer.accepts(0, expected - 0.5 * lse * lse + 0.5 * lse, DType.F32), "not squared");
    }

    @Test
    void maskedClassesDoNoHarmWithoutSmoothing() {
        Answer answer = training(0, 0, 0, LOG_3, -INFINITY).answer(0);
        assertEquals(Math.log(4.0 / 3), answer.value(0), 1e-7);
        assertFalse(answer.accepts(0, Double.NaN, DType.F32), "0 times infinity");
        assertEquals(INFINITY, training(0.1, 0, 0, LOG_3, -INFINITY).answer(0).value(0));
    }

    private static Example trainingGrad(double smoothing, double z, double[] logits, int label) {
        return new Example(new CrossEntropyGrad())
                .attribute("label_smoothing", smoothing)
                .attribute("z_loss", z)
                .input("dY", DType.F32, Shape.of(), 2)
                .input("logits", DType.F32, Shape.of(2, 2), logits)
                .input("labels", DType.I64, Shape.of(2), 1, label);
    }

    @Test
    void gradientsByHand() {
        double[] logits = {0, LOG_3, 0, LOG_3};
        double lse = Math.log(4);
        Answer answer = trainingGrad(0.1, 0.5, logits, 0).answer(0);
        double factor = 1 + lse;
        // Two rows that count, and dY is 2.
        double[] expected = {
            factor / 4 - 0.05, factor * 3 / 4 - 0.9 - 0.05, factor / 4 - 0.9 - 0.05, factor * 3 / 4 - 0.05
        };
        for (int i = 0; i < 4; i++) {
            assertEquals(expected[i], answer.value(i), 1e-6);
            assertFalse(answer.accepts(i, 2 * expected[i], DType.F32), "not divided by the rows");
            assertFalse(answer.accepts(i, expected[i] / 2, DType.F32), "dY ignored");
            assertFalse(answer.accepts(i, expected[i] + 0.05, DType.F32), "not smoothed");
        }
    }

    @Test
    void ignoredRowsGetZerosWhateverTheirLogits() {
        Answer answer = trainingGrad(0, 0, new double[] {0, LOG_3, Double.NaN, INFINITY}, -100)
                .answer(0);
        assertEquals(0.5, answer.value(0), 1e-7, "one row counts");
        assertFalse(answer.accepts(0, 0.25, DType.F32), "both rows counted");
        for (int i = 2; i < 4; i++) {
            assertTrue(answer.isExact(i));
            assertEquals(0, answer.value(i));
            assertFalse(answer.accepts(i, Double.NaN, DType.F32), "the gradient of a row to be ignored");
        }
    }

    @Test
    void softmaxCrossEntropyGradientByHand() {
        Answer answer = new Example(new SoftmaxCrossEntropyLossGrad())
                .input("dY", DType.F32, Shape.of(), 1)
                .input(
                        "log_prob",
                        DType.F32,
                        Shape.of(2, 2),
                        Math.log(0.25),
                        Math.log(0.75),
                        Math.log(0.5),
                        Math.log(0.5))
                .input("labels", DType.I64, Shape.of(2), 0, 1)
                .input("weights", DType.F32, Shape.of(2), 1, 3)
                .answer(0);
        double[] expected = {-0.75 / 4, 0.75 / 4, 3 * 0.5 / 4, -3 * 0.5 / 4};
        for (int i = 0; i < 4; i++) {
            assertEquals(expected[i], answer.value(i), 1e-7);
            assertFalse(answer.accepts(i, expected[i] * 2, DType.F32), "divided by the rows instead of the weights");
        }
    }

    @Test
    void likelihoodGradientIsZeroElsewhereBesideInfinities() {
        Answer answer = new Example(new NegativeLogLikelihoodLossGrad())
                .attribute("classes", 3)
                .attribute("reduction", "none")
                .input("dY", DType.F32, Shape.of(2), INFINITY, 0.5)
                .input("target", DType.I64, Shape.of(2), 1, 2)
                .answer(0);
        assertEquals(
                List.of(0.0, -INFINITY, 0.0, 0.0, 0.0, -0.5),
                java.util.Arrays.stream(answer.values())
                        .map(v -> v + 0.0)
                        .boxed()
                        .toList());
    }

    /// A kernel in f32 that adds one term after the other.
    private static float logSumExp(float[] x, boolean bf16) {
        float largest = Float.NEGATIVE_INFINITY;
        for (float value : x) {
            largest = Math.max(largest, value);
        }
        float sum = 0;
        for (float value : x) {
            sum += (float) Math.exp(value - largest);
            sum = bf16 ? (float) DType.BF16.round(sum) : sum;
        }
        return (float) Math.log(sum) + largest;
    }

    private static float[] row(double[] values, int row, int length) {
        float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = (float) values[row * length + i];
        }
        return x;
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 1024, 32003})
    void kernelsInF32PassAndSumsInBf16DoNot(int vocabulary) {
        Example example = new Example(new CrossEntropy())
                .attribute("reduction", "none")
                .attribute("label_smoothing", 0.1)
                .input("logits", TensorSpec.of(DType.F32, 4, vocabulary))
                .input("labels", TensorSpec.of(DType.I64, 4))
                .fill("normal(0,2)", 3);
        Answer answer = example.answer(0);
        double[] logits = example.values("logits");
        double[] labels = example.values("labels");
        for (int row = 0; row < 4; row++) {
            float[] x = row(logits, row, vocabulary);
            float lse = logSumExp(x, false);
            float sum = 0;
            float logs = 0;
            for (float value : x) {
                sum += value;
                logs += lse - value;
            }
            float chosen = x[(int) labels[row]];
            float byMean = 0.9f * (lse - chosen) + 0.1f * (lse - sum / vocabulary);
            float byLogs = 0.9f * (lse - chosen) + 0.1f / vocabulary * logs;
            assertTrue(answer.accepts(row, byMean, DType.F32), "by the mean of the logits");
            assertTrue(answer.accepts(row, byLogs, DType.F32), "by the sum of all losses");
            float rough = logSumExp(x, true);
            assertFalse(
                    answer.accepts(row, 0.9f * (rough - chosen) + 0.1f * (rough - sum / vocabulary), DType.F32),
                    "the sum in bf16");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 4099})
    void gradientsInF32PassInEachForm(int vocabulary) {
        Example example = new Example(new CrossEntropyGrad())
                .attribute("reduction", "sum")
                .attribute("z_loss", 0.01)
                .input("dY", DType.F32, Shape.of(), 0.3)
                .input("logits", TensorSpec.of(DType.F32, 3, vocabulary))
                .input("labels", TensorSpec.of(DType.I64, 3))
                .fill("normal(0,2)", 4)
                .input("dY", DType.F32, Shape.of(), 0.3);
        Answer answer = example.answer(0);
        double[] labels = example.values("labels");
        int refused = 0;
        for (int row = 0; row < 3; row++) {
            float[] x = row(example.values("logits"), row, vocabulary);
            float lse = logSumExp(x, false);
            for (int i = 0; i < vocabulary; i++) {
                int at = row * vocabulary + i;
                float p = (float) Math.exp(x[i] - lse);
                float d = p * (1 + 0.02f * lse) - (i == (int) labels[row] ? 1 : 0);
                assertTrue(answer.accepts(at, d * 0.3f, DType.F32), "by the logarithm of the sum");
                float noZ = p - (i == (int) labels[row] ? 1 : 0);
                refused += answer.accepts(at, noZ * 0.3f, DType.F32) ? 0 : 1;
            }
        }
        assertEquals(3 * vocabulary, refused, "without the z-loss's part");
    }

    @Test
    void misreadingsNameWhatIsIgnored() {
        Example example = training(0.1, 0.5, 0, LOG_3);
        Operator operator = new CrossEntropy();
        List<Misreading> readings = operator.misreadings(example.call(), example.inputs());
        assertEquals(2, readings.size());
        assertTrue(readings.getFirst().sentence().contains("label_smoothing"));
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThrows(InvalidCallException.class, () -> quarters("median").call());
        assertThrows(
                InvalidCallException.class,
                () -> quarters("none")
                        .input("labels", TensorSpec.of(DType.I64, 2))
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> quarters("none")
                        .input("weights", TensorSpec.of(DType.F32, 3))
                        .call());
        assertThrows(InvalidCallException.class, () -> training(1.5, 0, 1, 2).call());
        assertThrows(InvalidCallException.class, () -> training(0, -1, 1, 2).call());
        assertThrows(
                InvalidCallException.class,
                () -> trainingGrad(0, 0, new double[4], 0)
                        .input("dY", TensorSpec.of(DType.F32, 2))
                        .call());
    }
}
