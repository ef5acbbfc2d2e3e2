package dev.assay.operator.sampling;

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
import java.lang.foreign.Arena;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;

class SamplingTest {
    private static final double OUT = Double.NEGATIVE_INFINITY;

    private static Answer given(Example example, DType dtype, double... returned) {
        Shape shape = example.outputs().getFirst().shape();
        return Answer.given(
                example.oracle(ComputeContract.STRICT), 0, Tensor.of(Arena.ofAuto(), dtype, shape, returned));
    }

    /// By hand: 3 / 1.5 = 2, less 0.25 · 2 and 0.5, over 0.5; -4 · 1.5 = -6; 5 was never there.
    @Test
    void penaltiesByHand() {
        Example example = new Example(new ApplyPenalties())
                .input("logits", DType.F32, Shape.of(1, 3), 3, -4, 5)
                .input("output_counts", DType.I32, Shape.of(1, 3), 2, 0, 0)
                .input("prompt_counts", DType.I32, Shape.of(1, 3), 0, 1, 0)
                .input("repetition", DType.F32, Shape.of(1, 1), 1.5)
                .input("presence", DType.F32, Shape.of(1, 1), 0.5)
                .input("frequency", DType.F32, Shape.of(1, 1), 0.25)
                .input("temperature", DType.F32, Shape.of(1, 1), 0.5);
        Answer answer = example.answer(0);
        assertArrayEquals(new double[] {2, -12, 10}, answer.values());
        assertTrue(answer.accepts(1, -12, DType.F32));
        assertFalse(answer.accepts(1, -4 / 1.5 / 0.5, DType.F32), "a negative logit divided");
        assertFalse(answer.accepts(0, 2.5, DType.F32), "counted once");
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new ApplyPenalties())
                        .input("logits", DType.F32, Shape.of(1, 3), 3, -4, 5)
                        .input("temperature", DType.F32, Shape.of(2, 1), 1, 1)
                        .outputs());
    }

    private static Example mask(double... logits) {
        return new Example(new SamplingMask()).input("logits", DType.F32, Shape.of(1, logits.length), logits);
    }

    private static Example topK(double k, double... logits) {
        return mask(logits).input("top_k", DType.I32, Shape.of(1), k);
    }

    private static Example topP(double p, double... logits) {
        return mask(logits).input("top_p", DType.F32, Shape.of(1), p);
    }

    private static void accepts(Example example, double... returned) {
        assertArrayEquals(returned, given(example, DType.F32, returned).values());
    }

    private static void finds(Example example, double... returned) {
        Answer answer = given(example, DType.F32, returned);
        int wrong = 0;
        for (int i = 0; i < returned.length; i++) {
            wrong += answer.accepts(i, returned[i], DType.F32) ? 0 : 1;
        }
        assertTrue(wrong > 0);
    }

    @Test
    void topKKeepsTheLargest() {
        accepts(topK(2, 1, 5, 3), OUT, 5, 3);
        finds(topK(2, 1, 5, 3), 1, 5, 3);
        finds(topK(2, 1, 5, 3), OUT, 5, OUT);
        finds(topK(2, 1, 5, 3), 1, 5, OUT);
        accepts(topK(0, 1, 5, 3), 1, 5, 3);
        accepts(topK(9, 1, 5, 3), 1, 5, 3);
        finds(topK(9, 1, 5, 3), OUT, 5, 3);
    }

    @Test
    void ofEqualLogitsAsManyAsItTakes() {
        accepts(topK(2, 3, 5, 3, 3), 3, 5, OUT, OUT);
        accepts(topK(2, 3, 5, 3, 3), OUT, 5, OUT, 3);
        accepts(topK(2, 3, 5, 3, 3), 3, 5, 3, 3);
        finds(topK(2, 3, 5, 3, 3), OUT, 5, OUT, OUT);
        finds(topK(3, 3, 5, 3, 3), 3, 5, OUT, OUT);
    }

    /// Probabilities 0.5, 0.25 and twice 0.125.
    @Test
    void topPKeepsTheFewestThatComeToIt() {
        double[] logits = {Math.log(2), Math.log(4), 0, 0};
        float a = (float) logits[0];
        float b = (float) logits[1];
        accepts(topP(0.6, logits), a, b, OUT, OUT);
        finds(topP(0.6, logits), OUT, b, OUT, OUT);
        finds(topP(0.6, logits), a, b, 0, OUT);
        accepts(topP(0.8, logits), a, b, 0, OUT);
        accepts(topP(0.8, logits), a, b, OUT, 0);
        finds(topP(0.8, logits), a, b, OUT, OUT);
        accepts(topP(0, logits), OUT, b, OUT, OUT);
        finds(topP(0, logits), OUT, OUT, OUT, OUT);
        // Exactly at the limit: the second may stay or go.
        accepts(topP(0.5, logits), OUT, b, OUT, OUT);
        accepts(topP(0.5, logits), a, b, OUT, OUT);
        // What top-k leaves is what probabilities are of: 0.8 of two thirds and one third.
        accepts(topP(0.6, logits).input("top_k", DType.I32, Shape.of(1), 2), OUT, b, OUT, OUT);
        finds(topP(0.6, logits).input("top_k", DType.I32, Shape.of(1), 2), a, b, OUT, OUT);
    }

    @Test
    void minPComparesWithTheLargest() {
        double[] logits = {0, Math.log(2), Math.log(8)};
        float b = (float) logits[1];
        float c = (float) logits[2];
        Example quarter = mask(logits).input("min_p", DType.F32, Shape.of(1), 0.2);
        accepts(quarter, OUT, b, c);
        finds(quarter, 0, b, c);
        finds(quarter, OUT, OUT, c);
        Example border = mask(logits).input("min_p", DType.F32, Shape.of(1), 0.25);
        accepts(border, OUT, b, c);
        accepts(border, OUT, OUT, c);
    }

    @Test
    void keptLogitsKeepEveryBit() {
        finds(topK(1, 1, 5, 3), OUT, Math.nextUp(5f), OUT);
        finds(topK(1, 1, 5, 3), Double.NaN, 5, OUT);
        finds(topK(1, 1, 5, 3), -Float.MAX_VALUE, 5, OUT);
        assertTrue(given(topK(1, Double.NaN, 5), DType.F32, 7, 7).isOpen(0));
        assertThrows(
                InvalidCallException.class,
                () -> topK(1, 1, 2).input("top_p", DType.F32, Shape.of(2), 1, 1).outputs());
    }

    private static Answer draws(int count, LongToDoubleFunction draw, double... logits) {
        Example example = new Example(new RandomSample())
                .input("logits", DType.F32, Shape.of(1, logits.length), logits)
                .attribute("samples", count);
        double[] drawn = new double[count];
        java.util.Arrays.setAll(drawn, draw::applyAsDouble);
        return given(example, DType.I32, drawn);
    }

    private static boolean isRight(int count, LongToDoubleFunction draw, double... logits) {
        Answer answer = draws(count, draw, logits);
        boolean right = true;
        for (int i = 0; i < count; i++) {
            right &= answer.value(i) == draw.applyAsDouble(i);
        }
        return right;
    }

    private static double one(long i, double first) {
        return new Philox(5).uniform(i, 0) < first ? 0 : 1;
    }

    @Test
    void drawsAreHeldAgainstTheirDistribution() {
        double third = Math.log(0.5);
        assertTrue(isRight(4096, i -> one(i, 2 / 3.0), 0, third));
        assertFalse(isRight(4096, i -> one(i, 0.5), 0, third), "uniform");
        assertFalse(isRight(4096, i -> one(i, 1 / 3.0), 0, third), "the wrong way round");
        assertFalse(isRight(4096, i -> 0, 0, third), "greedy");
        assertTrue(isRight(20, i -> 0, 0, third), "of few draws nothing can be said");
        assertTrue(isRight(5, i -> 0, 3));
    }

    @Test
    void drawsThatAreTooEvenAreNoDraws() {
        double[] flat = new double[64];
        assertTrue(isRight(64 * 128, i -> Math.floor(new Philox(3).uniform(i, 0) * 64), flat));
        assertFalse(isRight(64 * 128, i -> i % 64, flat));
    }

    @Test
    void whatHasNoProbabilityIsNeverDrawn() {
        assertFalse(isRight(3, i -> i == 1 ? 2 : 0, 0, 0, OUT));
        assertFalse(isRight(3, i -> i == 1 ? 3 : 0, 0, 0, OUT));
        assertFalse(isRight(3, i -> i == 1 ? -1 : 0, 0, 0, OUT));
        assertEquals(0, draws(3, i -> i == 1 ? 2 : 0, 0, 0, OUT).value(1));
        assertTrue(draws(3, i -> 0, 0, Double.NaN).isOpen(0));
    }
}
