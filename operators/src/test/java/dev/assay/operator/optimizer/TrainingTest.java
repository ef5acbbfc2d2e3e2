package dev.assay.operator.optimizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Philox;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingTest {
    private static final Arena ARENA = Arena.ofAuto();
    private static final Shape MATRIX = Shape.of(32, 128);

    private static Tensor tensor(DType dtype, Shape shape, IntToDoubleFunction values) {
        Tensor tensor = Tensor.allocate(TensorSpec.dense(dtype, shape), ARENA);
        for (int i = 0; i < shape.elements(); i++) {
            tensor.set(i, values.applyAsDouble(i));
        }
        return tensor;
    }

    private static int refused(Answer answer, Tensor returned) {
        int refused = 0;
        for (int i = 0; i < answer.size(); i++) {
            refused += answer.accepts(i, returned.get(i), returned.dtype()) ? 0 : 1;
        }
        return refused;
    }

    private static Example dropout(double ratio) {
        return new Example(new Dropout())
                .input("data", TensorSpec.dense(DType.F32, MATRIX))
                .fill("normal", 3)
                .input("ratio", DType.F32, Shape.of(), ratio)
                .constant("training_mode", tensor(DType.BOOL, Shape.of(), i -> 1))
                .output("mask");
    }

    /// What a mask makes of the data.
    private static int refused(double ratio, IntToDoubleFunction mask, double scale) {
        Example example = dropout(ratio);
        Tensor drawn = tensor(DType.BOOL, MATRIX, mask);
        Tensor output = tensor(
                DType.F32, MATRIX, i -> drawn.get(i) * example.tensor("data").get(i) * scale);
        return refused(Answer.given(example.oracle(ComputeContract.STRICT), 0, output, drawn), output)
                + refused(Answer.given(example.oracle(ComputeContract.STRICT), 1, output, drawn), drawn);
    }

    @Test
    void wrongDropoutIsRefused() {
        Philox random = new Philox(11);
        assertTrue(refused(0.1, i -> random.uniform(i, 0) < 0.1 ? 1 : 0, 1 / 0.9) > 0, "rate p for 1 - p");
        assertTrue(refused(0.1, i -> random.uniform(i, 0) < 0.9 ? 1 : 0, 1) > 3000, "not scaled");
        assertTrue(refused(0.1, i -> random.uniform(i, 0) < 0.9 ? 1 : 0, 1 / 0.1) > 3000, "scaled by 1 / p");
        assertTrue(refused(0.1, i -> random.uniform(i % 128, 0) < 0.9 ? 1 : 0, 1 / 0.9) > 0, "one mask for all rows");
        assertTrue(refused(0.1, i -> 1, 1 / 0.9) > 0, "nothing left out");
        assertTrue(refused(0.5, i -> i % 2, 2) > 0, "every other one");
        assertTrue(refused(0.5, i -> i < 2048 ? 1 : 0, 2) > 0, "the first half");
    }

    @Test
    void rightDropoutIsAccepted() {
        Philox random = new Philox(11);
        for (double ratio : new double[] {0.1, 0.5, 0.875}) {
            float stored = (float) ratio;
            IntToDoubleFunction mask = i -> random.uniform(i, 0) >= stored ? 1 : 0;
            assertEquals(0, refused(ratio, mask, 1 / (1 - (double) stored)), "ratio " + ratio);
            assertEquals(0, refused(ratio, mask, (double) (1 / (1 - stored))), "ratio " + ratio);
        }
    }

    /// The mask that is returned is the one that was used.
    @Test
    void anotherMaskThanTheOneUsedIsRefused() {
        Philox random = new Philox(11);
        Example example = dropout(0.5);
        Tensor drawn = tensor(DType.BOOL, MATRIX, i -> random.uniform(i, 0) < 0.5 ? 1 : 0);
        Tensor output = tensor(
                DType.F32,
                MATRIX,
                i -> random.uniform(i, 1) < 0.5 ? 2 * example.tensor("data").get(i) : 0);
        assertTrue(refused(Answer.given(example.oracle(ComputeContract.STRICT), 0, output, drawn), output) > 1000);
    }

    @Test
    void withoutTrainingEveryBitStays() {
        Example example = new Example(new Dropout())
                .input("data", DType.F32, Shape.of(3), -1, 1.0000001, Double.NaN)
                .input("ratio", DType.F32, Shape.of(), 0.5)
                .output("mask");
        assertArrayEquals(example.values("data"), example.answer(0).values());
        assertArrayEquals(new double[] {1, 1, 1}, example.answer(1).values());
        assertFalse(example.answer(0).accepts(1, 1, DType.F32));
    }

    @Test
    void theGradientOfDropoutByHand() {
        Example example = new Example(new DropoutGrad())
                .input("dY", DType.F32, Shape.of(3), 3, -5, Double.POSITIVE_INFINITY)
                .input("mask", DType.BOOL, Shape.of(3), 1, 0, 0)
                .input("ratio", DType.F32, Shape.of(), 0.75);
        Answer answer = example.answer(0);
        assertEquals(12, answer.value(0), 0);
        assertTrue(answer.accepts(1, 0, DType.F32));
        assertFalse(answer.accepts(1, -20, DType.F32), "what was left out");
        assertFalse(answer.accepts(0, 4, DType.F32), "scaled by 1 / ratio");
        assertFalse(answer.accepts(0, 3, DType.F32), "not scaled");
        assertTrue(answer.isOpen(2));
    }

    private static int roundings(String to, DType type, IntToDoubleFunction rounded) {
        Example example = new Example(new StochasticRound())
                .input("X", TensorSpec.dense(DType.F32, MATRIX))
                .attribute("to", to)
                .fill("normal", 7);
        Tensor returned = tensor(type, MATRIX, i -> rounded.applyAsDouble(i));
        return refused(Answer.given(example.oracle(ComputeContract.STRICT), 0, returned), returned);
    }

    private static double number(int i) {
        return new Example(new StochasticRound())
                .input("X", TensorSpec.dense(DType.F32, MATRIX))
                .fill("normal", 7)
                .tensor("X")
                .get(i);
    }

    @ParameterizedTest
    @CsvSource({"bf16, BF16", "f16, F16", "f8e4m3, F8E4M3", "f8e5m2, F8E5M2"})
    void roundingAtRandom(String to, DType type) {
        double[] x = new Example(new StochasticRound())
                .input("X", TensorSpec.dense(DType.F32, MATRIX))
                .fill("normal", 7)
                .values("X");
        assertEquals(number(5), x[5], 0);
        Philox random = new Philox(3);
        assertEquals(0, roundings(to, type, i -> grown(x[i], type, random.uniform(i, 0))), "right");
        assertTrue(roundings(to, type, i -> type.round(x[i])) > 0, "to nearest");
        assertTrue(roundings(to, type, i -> grown(x[i], type, 0)) > 0, "cut off");
        assertTrue(
                roundings(to, type, i -> grown(x[i], type, random.uniform(i, 0) < 0.5 ? 0.9999999 : 0)) > 0, "a coin");
        assertTrue(
                roundings(to, type, i -> grown(x[i], type, random.uniform(i % 128, 0))) > 0, "one draw for a column");
        assertTrue(
                roundings(to, type, i -> grown(x[i], type, random.uniform(i, 0)) + (i == 9 ? 2 * type.ulp(x[9]) : 0))
                        > 0,
                "neither neighbour");
    }

    private static double grown(double x, DType type, double by) {
        double ulp = type.ulp(Math.abs(x));
        return Math.copySign(Math.floor(Math.abs(x) / ulp + by) * ulp, x);
    }

    @Test
    void numbersOfTheNarrowerTypeStay() {
        Example example =
                new Example(new StochasticRound()).input("X", DType.F32, Shape.of(4), 1.5, -0.0, 1e39, Double.NaN);
        Tensor returned =
                tensor(DType.BF16, Shape.of(4), i -> new double[] {1.5, 0, Double.POSITIVE_INFINITY, Double.NaN}[i]);
        Answer answer = Answer.given(example.oracle(ComputeContract.STRICT), 0, returned);
        assertEquals(0, refused(answer, returned));
        assertFalse(answer.accepts(0, 1.5078125, DType.BF16));
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new StochasticRound())
                        .input("X", DType.BF16, Shape.of(1), 1)
                        .attribute("to", "f16")
                        .call());
    }

    private static Example clip(double longest, double... gradient) {
        return new Example(new ClipGradNorm())
                .input("grads.0", DType.F32, Shape.of(2), gradient[0], gradient[1])
                .input("grads.1", DType.F32, Shape.of(1), gradient[2])
                .attribute("max_norm", longest);
    }

    /// By hand: 2² + 3² + 6² = 7².
    @Test
    void aNormByHand() {
        Example example = clip(3.5, 2, 3, 6);
        assertEquals(7, example.answer(0).value(0), 0);
        double factor = 3.5 / 7.000001;
        assertEquals(3 * factor, example.answer(1).value(1), 1e-12);
        assertEquals(6 * factor, example.answer(2).value(0), 1e-12);
        assertTrue(example.answer(1).accepts(1, (float) (3 * factor), DType.F32));
        assertFalse(example.answer(1).accepts(1, 1.5f + 1e-5f, DType.F32));
        assertFalse(example.answer(0).accepts(0, (float) Math.sqrt(13), DType.F32), "the first gradient alone");
        assertFalse(example.answer(2).accepts(0, 6, DType.F32), "not clipped");
    }

    /// PyTorch's 1e-6 shows where the norm is small.
    @Test
    void whatIsAddedToTheNorm() {
        Example example = clip(1e-7, 2e-6, 3e-6, 6e-6);
        assertTrue(example.answer(2).accepts(0, (float) (6e-6 * 1e-7 / 8e-6), DType.F32));
        assertFalse(example.answer(2).accepts(0, (float) (6e-6 * 1e-7 / 7e-6), DType.F32), "nothing added");
    }

    @Test
    void shortGradientsStayBitForBit() {
        Answer answer = clip(8, 2.1, 3, 6).answer(1);
        assertTrue(answer.isExact(0) && answer.accepts(0, 2.1f, DType.F32));
        assertFalse(answer.accepts(0, (float) (2.1 * 8 / 7), DType.F32), "made longer");
        assertArrayEquals(new double[] {0, 0}, clip(8, 0, 0, 0).answer(1).values());
        assertArrayEquals(
                new double[] {0, Double.NaN},
                clip(8, 1, Double.POSITIVE_INFINITY, 6).answer(1).values());
        assertTrue(Double.isNaN(clip(8, 1, Double.NaN, 6).answer(2).value(0)));
    }

    private static Example unscale(double found, double... gradient) {
        return new Example(new UnscaleCheckInf())
                .input("found_inf", DType.F32, Shape.of(), found)
                .input("inv_scale", DType.F32, Shape.of(), 0.25)
                .input("grads.0", DType.F32, Shape.of(2), gradient[0], gradient[1])
                .input("grads.1", DType.F32, Shape.of(1), gradient[2]);
    }

    @Test
    void overflowOfAnyGradientIsFound() {
        assertArrayEquals(new double[] {0}, unscale(0, 1, 2, 3).answer(0).values());
        assertArrayEquals(new double[] {1}, unscale(1, 1, 2, 3).answer(0).values(), "found before");
        assertArrayEquals(
                new double[] {1},
                unscale(0, 1, Double.NEGATIVE_INFINITY, 3).answer(0).values());
        assertArrayEquals(
                new double[] {1}, unscale(0, 1, 2, Double.NaN).answer(0).values());
        Answer unscaled = unscale(0, 1, 3, 3).answer(1);
        assertArrayEquals(new double[] {0.25, 0.75}, unscaled.values());
        assertFalse(unscaled.accepts(1, 12, DType.F32), "divided");
        assertFalse(unscaled.accepts(1, 0.75000006, DType.F32));
    }

    private static double finite(int infinite, int nan, double... x) {
        return new Example(new IsAllFinite())
                .input("input.0", DType.F16, Shape.of(1), 65504)
                .input("input.1", DType.F16, Shape.of(x.length), x)
                .attribute("isinf_only", infinite)
                .attribute("isnan_only", nan)
                .answer(0)
                .value(0);
    }

    @Test
    void allAreFinite() {
        assertEquals(1, finite(0, 0, 1, 2), 0);
        assertEquals(1, finite(0, 0), 0);
        assertEquals(0, finite(0, 0, 1, 65520), 0);
        assertEquals(0, finite(0, 0, Double.NaN, 2), 0);
        assertEquals(1, finite(1, 0, Double.NaN, 2), 0);
        assertEquals(0, finite(1, 0, Double.NEGATIVE_INFINITY, 2), 0);
        assertEquals(1, finite(0, 1, Double.POSITIVE_INFINITY, 2), 0);
        assertThrows(InvalidCallException.class, () -> finite(1, 1, 1));
    }

    @Test
    void gradientsAreAddedInTheTypeOfTheirSum() {
        Example example = new Example(new GradAccumulate())
                .input("main_grad", DType.F32, Shape.of(1), 256)
                .input("grad", DType.BF16, Shape.of(1), 1)
                .attribute("scale", 0.5);
        assertArrayEquals(new double[] {256.5}, example.answer(0).values());
        assertFalse(example.answer(0).accepts(0, 256, DType.F32), "a sum in bf16");
        assertFalse(example.answer(0).accepts(0, 257, DType.F32), "not scaled");
    }

    @Test
    void anAverageOfWeights() {
        Example example = new Example(new WeightEma())
                .input("ema", DType.F32, Shape.of(1), 8)
                .input("param", DType.F32, Shape.of(1), 4)
                .attribute("decay", 0.75);
        Answer answer = example.answer(0);
        assertArrayEquals(new double[] {7}, answer.values());
        assertFalse(answer.accepts(0, 5, DType.F32), "the decay of the parameter");
        assertThrows(
                InvalidCallException.class,
                () -> example.attribute("decay", 1.5).call());
    }
}
