package dev.assay.operator.moe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class MoeTest {
    private static Tensor tensor(DType dtype, Shape shape, double... values) {
        return Tensor.of(Arena.ofAuto(), dtype, shape, values);
    }

    private static Tensor ids(Shape shape, double... values) {
        return tensor(DType.I32, shape, values);
    }

    private static Answer answer(Example example, int output, Tensor... returned) {
        return Answer.given(example.oracle(ComputeContract.STRICT), output, returned);
    }

    private static Example softmax(double... logits) {
        return new Example(new MoeSoftmaxTopK())
                .input("logits", DType.F32, Shape.of(1, logits.length), logits)
                .attribute("k", 2);
    }

    /// Weights 1, 2 and 5 of 8.
    @Test
    void softmaxWeightsByHand() {
        Example example = softmax(0, Math.log(5), Math.log(2));
        Tensor weights = tensor(DType.F32, Shape.of(1, 2), 0.625, 0.25);
        Tensor ids = ids(Shape.of(1, 2), 1, 2);
        Answer answer = answer(example, 0, weights, ids);
        assertTrue(answer.accepts(0, 0.625, DType.F32));
        assertTrue(answer.accepts(1, 0.25, DType.F32));
        assertFalse(answer.accepts(1, 0.2501, DType.F32));
        assertFalse(answer.accepts(1, 0.125, DType.F32), "the weight of another expert");
        Answer renormalised = answer(example.attribute("renormalize", 1), 0, weights, ids);
        assertTrue(renormalised.accepts(0, (float) (5 / 7.0), DType.F32));
        assertFalse(renormalised.accepts(0, 0.625, DType.F32));
    }

    @Test
    void weightsAreThoseOfTheExpertsThatWereChosen() {
        Example tie = softmax(3, 1, 1, 0);
        for (int second : new int[] {1, 2}) {
            Tensor ids = ids(Shape.of(1, 2), 0, second);
            assertEquals(second, answer(tie, 1, ids, ids).value(1), "of equal experts any will do");
        }
        Tensor wrong = ids(Shape.of(1, 2), 0, 3);
        assertEquals(1, answer(tie, 1, wrong, wrong).value(1));
        assertTrue(answer(tie, 1, wrong, wrong).isExact(1));
        // Two neighbours in f32: their exponentials may round either way.
        Example near = softmax(20, Math.nextUp(1f), 1, 0);
        Tensor other = ids(Shape.of(1, 2), 0, 2);
        assertEquals(2, answer(near, 1, other, other).value(1));
        Example apart = softmax(20, 1.0001, 1, 0);
        assertEquals(1, answer(apart, 1, other, other).value(1));
    }

    @Test
    void withoutProbabilitiesNothingIsSaid() {
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
            Tensor any = ids(Shape.of(1, 2), 7, 7);
            assertTrue(answer(softmax(1, bad, 2), 1, any, any).isOpen(0));
        }
        double out = Double.NEGATIVE_INFINITY;
        Tensor ids = ids(Shape.of(1, 2), 1, 0);
        Answer answer = answer(softmax(out, 2, out), 0, ids, ids);
        assertEquals(1, answer.value(0));
        assertEquals(0, answer.value(1));
    }

    private static Example grouped(long groups, long best, double[] bias, double... logits) {
        return new Example(new MoeSigmoidGroupedTopK())
                .input("logits", DType.F32, Shape.of(1, logits.length), logits)
                .input("correction_bias", DType.F32, Shape.of(bias.length), bias)
                .attribute("k", 2)
                .attribute("n_group", groups)
                .attribute("topk_group", best)
                .attribute("routed_scaling_factor", 2.0);
    }

    private static double logit(double probability) {
        return Math.log(probability / (1 - probability));
    }

    /// Group 0 has the best expert, group 1 the best two; the bias of expert 3 chooses it and does not weigh.
    @Test
    void groupsCountByTheirTwoBest() {
        Example example = grouped(2, 1, new double[] {0, 0, 0, 0.25}, logit(0.9), logit(0.1), logit(0.6), logit(0.4));
        Tensor right = ids(Shape.of(1, 2), 3, 2);
        assertEquals(3, answer(example, 1, right, right).value(0));
        assertEquals(2, answer(example, 1, right, right).value(1));
        Tensor wrong = ids(Shape.of(1, 2), 0, 3);
        assertEquals(3, answer(example, 1, wrong, wrong).value(0));
        Answer weights = answer(example, 0, right, right);
        assertTrue(weights.accepts(0, (float) 0.8, DType.F32), "2 · 0.4 / (0.4 + 0.6), not " + weights.value(0));
        assertFalse(weights.accepts(0, (float) (2 * 0.65 / 1.25), DType.F32), "weighted with the bias");
        assertFalse(weights.accepts(0, (float) 0.4, DType.F32), "without the factor");
    }

    /// Two groups of one score: either explains a choice from it, and none a choice from both.
    @Test
    void oneChoiceOfGroupsMustExplainAll() {
        Example example = grouped(2, 1, new double[4], 1, 0, 1, 0);
        for (double[] choice : new double[][] {{0, 1}, {2, 3}}) {
            Tensor ids = ids(Shape.of(1, 2), choice);
            assertEquals(choice[0], answer(example, 1, ids, ids).value(0));
            assertEquals(choice[1], answer(example, 1, ids, ids).value(1));
        }
        Tensor mixed = ids(Shape.of(1, 2), 0, 2);
        assertEquals(0, answer(example, 1, mixed, mixed).value(0));
        assertEquals(1, answer(example, 1, mixed, mixed).value(1));
    }

    @Test
    void wrongCallsOfRoutersAreRefused() {
        assertThrows(
                InvalidCallException.class,
                () -> softmax(1, 2).attribute("k", 3).outputs());
        assertThrows(
                InvalidCallException.class,
                () -> softmax(1, 2).attribute("k", 0).outputs());
        double[] none = new double[4];
        assertThrows(
                InvalidCallException.class,
                () -> grouped(3, 1, none, 1, 2, 3, 4).outputs());
        assertThrows(
                InvalidCallException.class,
                () -> grouped(2, 3, none, 1, 2, 3, 4).outputs());
        assertThrows(
                InvalidCallException.class,
                () -> grouped(4, 1, none, 1, 2, 3, 4).outputs(),
                "k 2 of 1");
        assertThrows(
                InvalidCallException.class,
                () -> grouped(2, 1, new double[3], 1, 2, 3, 4).outputs());
    }

    private static Example align() {
        return new Example(new MoeAlignBlockSize())
                .input("ids", DType.I32, Shape.of(3, 2), 2, 0, 2, 0, 2, 2)
                .attribute("num_experts", 3)
                .attribute("block_size", 3);
    }

    /// Choices 1 and 3 go to expert 0, none to expert 1, the four others to expert 2.
    @Test
    void runsArePaddedToBlocks() {
        Example example = align();
        assertEquals(Shape.of(12), example.outputs().get(0).shape());
        assertEquals(Shape.of(4), example.outputs().get(1).shape());
        Tensor mine = ids(Shape.of(12), 3, 1, 6, 0, 5, 2, 4, 6, 6, 99, 99, 99);
        Answer sorted = answer(example, 0, mine, mine, mine);
        for (int i = 0; i < 9; i++) {
            assertEquals(mine.get(i), sorted.value(i), "within a run any order will do");
        }
        assertTrue(sorted.isOpen(9));
        Answer blocks = answer(example, 1, mine, mine, mine);
        assertEquals(0, blocks.value(0));
        assertEquals(2, blocks.value(1));
        assertEquals(2, blocks.value(2));
        assertTrue(blocks.isOpen(3));
        assertEquals(9, answer(example, 2, mine, mine, mine).value(0));
    }

    @Test
    void choicesInTheWrongRunTwiceOrBehindThePaddingAreFound() {
        for (double[] wrong : new double[][] {
            {1, 0, 6, 3, 2, 4, 5, 6, 6, 0, 0, 0}, // 0 and 3 exchanged
            {1, 1, 6, 0, 2, 4, 5, 6, 6, 0, 0, 0},
            {1, 6, 3, 0, 2, 4, 5, 6, 6, 0, 0, 0}, // padding before a choice
            {1, 3, 6, 0, 2, 4, 6, 5, 6, 0, 0, 0},
            {1, 3, 0, 0, 2, 4, 5, 6, 6, 0, 0, 0} // no padding
        }) {
            Tensor device = ids(Shape.of(12), wrong);
            Answer answer = answer(align(), 0, device, device, device);
            boolean same = true;
            for (int i = 0; i < 9; i++) {
                same &= answer.value(i) == wrong[i];
            }
            assertFalse(same, java.util.Arrays.toString(wrong));
        }
    }

    @Test
    void rowsFollowTheDevicesOwnPositions() {
        Example example = new Example(new MoeScatter())
                .input("X", DType.F32, Shape.of(2, 2), 1, 2, 3, 4)
                .input("ids", DType.I32, Shape.of(2, 2), 1, 0, 1, 2)
                .attribute("num_experts", 4);
        Tensor positions = ids(Shape.of(2, 2), 2, 0, 1, 3);
        Answer rows = answer(example, 0, positions, positions, positions);
        double[] expected = {1, 2, 3, 4, 1, 2, 3, 4};
        Answer offsets = answer(example, 1, positions, positions, positions);
        double[] begins = {0, 1, 3, 4, 4};
        for (int i = 0; i < 8; i++) {
            assertEquals(expected[i], rows.value(i));
            assertTrue(rows.isExact(i));
        }
        for (int i = 0; i < 5; i++) {
            assertEquals(begins[i], offsets.value(i));
        }
        Tensor wrong = ids(Shape.of(2, 2), 0, 2, 1, 3);
        assertEquals(2, answer(example, 2, wrong, wrong, wrong).value(0));
        assertEquals(0, answer(example, 2, wrong, wrong, wrong).value(1));
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new MoeScatter())
                        .input("X", DType.F32, Shape.of(3, 2), new double[6])
                        .input("ids", DType.I32, Shape.of(2, 2), new double[4])
                        .outputs());
    }

    @Test
    void combinationsAreWeightedSums() {
        Example example = new Example(new MoeCombine())
                .input("rows", DType.F32, Shape.of(3, 2), 1, 2, 10, 20, 100, 200)
                .input("weights", DType.F32, Shape.of(2, 2), 0.5, 0.1, 3, 7)
                .input("positions", DType.I32, Shape.of(2, 2), 2, 0, -1, 1);
        Answer answer = example.answer(0);
        assertEquals(50 + (double) 0.1f, answer.value(0), 1e-12);
        assertTrue(answer.accepts(0, (float) answer.value(0), DType.F32));
        assertFalse(answer.accepts(0, 50, DType.F32), "the second row left out");
        assertEquals(140, answer.value(3), 1e-12);
        assertFalse(answer.accepts(3, 140 + 3 * 200, DType.F32), "a dropped choice taken from the end");
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new MoeCombine())
                        .input("rows", DType.F32, Shape.of(3, 2), new double[6])
                        .input("weights", DType.F32, Shape.of(2, 1), 0, 0)
                        .input("positions", DType.I32, Shape.of(2, 2), 2, 0, -1, 1)
                        .outputs());
    }
}
