package dev.assay.operator.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Values of attention against the text of ONNX, and its laws.
class AttentionTest {
    private static final Attention ATTENTION = new Attention();
    private static final double INF = Double.POSITIVE_INFINITY;

    private static void assertClose(double[] want, Answer got, String what) {
        assertEquals(want.length, got.size(), what);
        for (int i = 0; i < want.length; i++) {
            boolean right = want[i] == got.value(i)
                    || Math.abs(want[i] - got.value(i)) <= 1e-12 * Math.max(1, Math.abs(want[i]));
            assertTrue(right, what + " " + i + ": " + got.value(i) + " instead of " + want[i]);
        }
    }

    /// All outputs, and the scores after every stage.
    private static void check(AttentionSetup setup, String fill, long seed) {
        Example example = setup.example().fill(fill, seed);
        NaiveAttention naive = setup.naive(example);
        assertClose(naive.result, example.answer(0), setup + " Y");
        assertClose(naive.presentKey, example.answer(1), setup + " present_key");
        assertClose(naive.presentValue, example.answer(2), setup + " present_value");
        double[][] stages = {naive.raw, naive.capped, naive.biased, naive.probabilities};
        for (int mode = 0; mode < 4; mode++) {
            Example staged = setup.mode(mode).example().fill(fill, seed);
            assertClose(stages[mode], staged.answer(3), setup.mode(mode) + " scores");
        }
    }

    private static void check(AttentionSetup setup) {
        check(setup, "normal", 1);
        check(setup.asFlat(), "normal", 2);
        check(setup.dtype(DType.F16), "peaky", 3);
    }

    @Test
    void plainAttentionIsTheText() {
        check(AttentionSetup.small());
        check(AttentionSetup.small().dtype(DType.BF16).lengths(1, 1, 0));
        check(AttentionSetup.small().lengths(3, 300, 0).headSizes(3, 1));
        check(AttentionSetup.small().lengths(1, 13, 0));
    }

    @Test
    void headsShareKeysInGroups() {
        check(AttentionSetup.small().heads(4, 4));
        check(AttentionSetup.small().heads(6, 2));
        check(AttentionSetup.small().heads(5, 1));
        check(AttentionSetup.small().heads(1, 1));
    }

    @Test
    void headSizesOfKeysAndValuesMayDiffer() {
        check(AttentionSetup.small().headSizes(4, 11));
        check(AttentionSetup.small().headSizes(11, 1));
        check(AttentionSetup.small().headSizes(1, 3));
    }

    @Test
    void pastStandsBeforeTheNewKeys() {
        check(AttentionSetup.small().lengths(5, 5, 3));
        check(AttentionSetup.small().lengths(1, 1, 12));
        check(AttentionSetup.small().lengths(2, 3, 1));
    }

    @Test
    void causalMasksEndAtTheBottomRight() {
        check(AttentionSetup.small().lengths(5, 5, 0).asCausal());
        check(AttentionSetup.small().lengths(5, 7, 0).asCausal());
        check(AttentionSetup.small().lengths(7, 5, 0).asCausal());
        check(AttentionSetup.small().lengths(4, 4, 6).asCausal());
        check(AttentionSetup.small().lengths(1, 1, 6).asCausal());
        check(AttentionSetup.small().lengths(3, 5, 2).asCausal());
    }

    @Test
    void scaleReplacesTheRootOfTheHeadSize() {
        check(AttentionSetup.small().scaled(0.01));
        check(AttentionSetup.small().scaled(3));
        check(AttentionSetup.small().scaled(-1));
        check(AttentionSetup.small().scaled(0));
    }

    @Test
    void softcapsLimitTheScoresBeforeTheBias() {
        check(AttentionSetup.small().capped(0.5));
        check(AttentionSetup.small().capped(30).masked(DType.F32, 5, 7), "normal", 4);
        check(AttentionSetup.small().capped(2).asCausal());
        check(AttentionSetup.small().capped(1).masked(DType.BOOL, 5, 7), "normal", 5);
    }

    @Test
    void masksBroadcastFromEveryRank() {
        List<Integer[]> sizes = new ArrayList<>(List.of(
                new Integer[] {5, 7},
                new Integer[] {1, 7},
                new Integer[] {4, 5, 7},
                new Integer[] {1, 5, 7},
                new Integer[] {4, 1, 7},
                new Integer[] {1, 1, 7},
                new Integer[] {2, 4, 5, 7},
                new Integer[] {2, 1, 5, 7},
                new Integer[] {1, 4, 5, 7},
                new Integer[] {2, 4, 1, 7},
                new Integer[] {1, 1, 1, 7},
                new Integer[] {2, 1, 1, 7},
                new Integer[] {5, 4},
                new Integer[] {2, 1, 5, 6},
                new Integer[] {5, 1}));
        for (Integer[] mask : sizes) {
            check(AttentionSetup.small().masked(DType.BOOL, mask), "normal", 6);
            check(AttentionSetup.small().masked(DType.F32, mask), "normal", 7);
            check(AttentionSetup.small().asFlat().masked(DType.F32, mask).asCausal(), "normal", 8);
        }
        check(AttentionSetup.small().dtype(DType.F16).masked(DType.F16, 5, 7), "normal", 9);
        check(
                AttentionSetup.small()
                        .lengths(5, 4, 3)
                        .masked(DType.BOOL, 4, 5, 7)
                        .asCausal(),
                "normal",
                10);
    }

    @Test
    void stridedMasksAreReadWhereTheyLie() {
        AttentionSetup setup = AttentionSetup.small().masked(DType.F32, 5, 7);
        Example example = setup.example();
        example.input("attn_mask", TensorSpec.of(DType.F32, 7, 5).transposed(0, 1));
        example.fill("normal", 11);
        assertClose(setup.naive(example).result, example.answer(0), "transposed mask");
    }

    @Test
    void stridedHeadsAreReadWhereTheyLie() {
        AttentionSetup setup = AttentionSetup.small();
        Example example = setup.example();
        example.input("Q", TensorSpec.of(DType.F32, 2, 5, 4, 8).transposed(1, 2));
        example.input("K", TensorSpec.of(DType.F32, 2, 2, 8, 7).transposed(2, 3));
        example.fill("normal", 12);
        assertClose(setup.naive(example).result, example.answer(0), "strided heads");
        AttentionSetup flat = setup.asFlat();
        Example padded = flat.example();
        padded.input("V", new TensorSpec(DType.F32, Shape.of(2, 7, 12), List.of(200L, 25L, 2L)));
        padded.fill("normal", 12);
        assertClose(flat.naive(padded).result, padded.answer(0), "padded values");
    }

    @Test
    void keysBeyondTheLengthInUseAreMasked() {
        check(AttentionSetup.small().using(7L, 3L), "normal", 13);
        check(AttentionSetup.small().using(0L, 1L), "normal", 14);
        check(AttentionSetup.small().lengths(3, 7, 0).using(7L, 4L).asCausal(), "normal", 15);
        check(AttentionSetup.small().lengths(5, 7, 0).using(2L, 6L).asCausal(), "normal", 16);
        check(
                AttentionSetup.small()
                        .asFlat()
                        .using(5L, 3L)
                        .masked(DType.F32, 2, 1, 5, 7)
                        .asCausal(),
                "normal",
                17);
        check(AttentionSetup.small().lengths(2, 4, 3).using(6L, 2L), "normal", 18);
    }

    @Test
    void randomCombinationsAreTheText() {
        SplittableRandom random = new SplittableRandom(19);
        for (int round = 0; round < 120; round++) {
            int g = random.nextInt(1, 4);
            int s = random.nextInt(1, 7);
            int t = random.nextInt(1, 9);
            int p = random.nextInt(3) == 0 ? random.nextInt(1, 5) : 0;
            AttentionSetup setup = AttentionSetup.small()
                    .dtype(random.nextBoolean() ? DType.F32 : DType.BF16)
                    .heads(g * random.nextInt(1, 4), g)
                    .lengths(s, t, p)
                    .headSizes(random.nextInt(1, 10), random.nextInt(1, 10));
            setup = random.nextBoolean() ? setup.asFlat() : setup;
            setup = random.nextBoolean() ? setup.asCausal() : setup;
            setup = random.nextInt(3) == 0 ? setup.capped(random.nextDouble(0.5, 20)) : setup;
            setup = random.nextInt(3) == 0 ? setup.scaled(random.nextDouble(-1, 1)) : setup;
            if (p == 0 && random.nextInt(3) == 0) {
                setup = setup.using((long) random.nextInt(t + 1), (long) random.nextInt(t + 1));
            }
            if (random.nextBoolean()) {
                setup = setup.masked(random.nextBoolean() ? DType.BOOL : setup.dtype, s, p + t);
            }
            check(setup, round % 2 == 0 ? "normal" : "peaky", round);
        }
    }

    @Test
    void twoKeysByHand() {
        // Scores ln 3 and 0 give probabilities 3/4 and 1/4.
        Example example = new Example(ATTENTION)
                .input("Q", DType.F64, Shape.of(1, 1, 1, 1), Math.log(3))
                .input("K", DType.F64, Shape.of(1, 1, 2, 1), 1, 0)
                .input("V", DType.F64, Shape.of(1, 1, 2, 2), 8, 0, 0, 4)
                .attribute("qk_matmul_output_mode", 3);
        assertEquals(6, example.answer(0).value(0), 1e-14);
        assertEquals(1, example.answer(0).value(1), 1e-14);
        assertEquals(0.75, example.answer(3).value(0), 1e-15);
    }

    @Test
    void queriesWithoutAVisibleKeyGiveZeros() {
        AttentionSetup setup = AttentionSetup.small().masked(DType.BOOL, 5, 7);
        for (int mode : new int[] {0, 2, 3}) {
            Example example = setup.mode(mode).example().fill("normal", 20);
            Tensor mask = example.tensor("attn_mask");
            for (int j = 0; j < 7; j++) {
                mask.set(7 + j, 0);
            }
            Answer y = example.answer(0);
            Answer scores = example.answer(3);
            for (int head = 0; head < 8; head++) {
                for (int c = 0; c < 6; c++) {
                    int at = (head * 5 + 1) * 6 + c;
                    assertEquals(0, y.value(at));
                    assertTrue(y.isExact(at) && !y.accepts(at, 1e-30, DType.F32), "nothing but zero");
                    assertFalse(y.accepts(at, Double.NaN, DType.F32));
                    assertFalse(y.isExact(at - 6));
                }
                for (int j = 0; j < 7; j++) {
                    int at = (head * 5 + 1) * 7 + j;
                    assertTrue(mode == 0 || scores.value(at) == (mode == 2 ? -INF : 0));
                    assertTrue(mode == 0 || !scores.accepts(at, Double.NaN, DType.F32));
                }
            }
        }
    }

    @Test
    void noKeysAtAllGiveZeros() {
        Answer y = AttentionSetup.small().lengths(3, 0, 0).example().answer(0);
        assertArrayEquals(new double[y.size()], y.values());
        assertEquals(
                0, AttentionSetup.small().lengths(0, 4, 0).example().answer(0).size());
        assertEquals(
                0, AttentionSetup.small().headSizes(4, 0).example().answer(0).size());
    }

    /// NaN in masked keys and values: values as if they were not there, and a kernel that multiplies them by zero
    /// is spared.
    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void whatIsMaskedDoesNotLeak(double special) {
        for (boolean inValues : new boolean[] {true, false}) {
            AttentionSetup setup = AttentionSetup.small().masked(DType.BOOL, 5, 7);
            Example clean = setup.example().fill("normal", 21);
            Example dirty = setup.example().fill("normal", 21);
            for (Example example : List.of(clean, dirty)) {
                for (int i = 0; i < 5; i++) {
                    example.tensor("attn_mask").set(i * 7L + 3, 0);
                }
            }
            Tensor tensor = dirty.tensor(inValues ? "V" : "K");
            int size = inValues ? 6 : 8;
            for (int group = 0; group < 4; group++) {
                tensor.set((group * 7L + 3) * size + 2, special);
            }
            Answer want = clean.answer(0);
            Answer got = dirty.answer(0);
            for (int i = 0; i < want.size(); i++) {
                assertEquals(want.value(i), got.value(i), 1e-14, "element " + i);
                assertTrue(got.accepts(i, DType.F32.round(want.value(i)), DType.F32), "masking by choice is right");
                boolean touched = !inValues || i % 6 == 2;
                boolean visible = want.value(i) != 0;
                assertFalse(visible && got.accepts(i, want.value(i) + 1, DType.F32));
                assertFalse(!touched && got.accepts(i, Double.NaN, DType.F32), "an untouched column");
                boolean added = !inValues && Double.isNaN(special);
                assertTrue(!added || got.accepts(i, Double.NaN, DType.F32), "masking by addition is right too");
            }
        }
    }

    @Test
    void whatIsVisibleAndNotFiniteShows() {
        Example example = AttentionSetup.small().example().fill("normal", 22);
        example.tensor("K").set(2, Double.NaN);
        example.tensor("V").set(7 * 6 + 1, INF);
        Answer y = example.answer(0);
        for (int i = 0; i < y.size(); i++) {
            int head = i / 30;
            boolean firstGroup = head < 2;
            boolean secondGroup = head == 2 || head == 3;
            if (firstGroup) {
                assertTrue(Double.isNaN(y.value(i)), "NaN in a key: " + i);
                assertFalse(y.accepts(i, 0.5, DType.F32));
            } else if (secondGroup && i % 6 == 1) {
                assertEquals(INF, y.value(i));
                assertFalse(y.accepts(i, 0.5, DType.F32));
            } else {
                assertTrue(Double.isFinite(y.value(i)));
            }
        }
    }

    /// An infinite score is capped to the cap: a number like any other, with a bound like any other.
    @Test
    void softcapsTameInfiniteScores() {
        AttentionSetup setup = AttentionSetup.small().capped(5);
        Example example = setup.example().fill("normal", 23);
        example.tensor("K").set(2, INF);
        Answer y = example.answer(0);
        double[] want = setup.naive(example).result;
        for (int i = 0; i < y.size(); i++) {
            assertEquals(want[i], y.value(i), 1e-12);
            assertTrue(y.accepts(i, DType.F32.round(want[i]), DType.F32), "element " + i + ": " + y.sigma(i));
            assertFalse(y.accepts(i, want[i] + 1, DType.F32));
        }
        Answer capped = setup.mode(1).example().fill("normal", 23).answer(3);
        assertTrue(capped.accepts(0, DType.F32.round(capped.value(0)), DType.F32));
        Example staged = setup.mode(1).example().fill("normal", 23);
        staged.tensor("K").set(2, INF);
        Answer limits = staged.answer(3);
        for (int i = 0; i < limits.size(); i++) {
            assertTrue(limits.accepts(i, DType.F32.round(limits.value(i)), DType.F32), "score " + i);
        }
    }

    @Test
    void minusInfinityInAMaskStaysMaskedUnderASoftcap() {
        AttentionSetup setup = AttentionSetup.small().capped(0.5).masked(DType.F32, 5, 7);
        Example example = setup.mode(3).example().fill("normal", 24);
        Answer probabilities = example.answer(3);
        double[] mask = example.values("attn_mask");
        int hidden = 0;
        for (int i = 0; i < probabilities.size(); i++) {
            if (mask[i % 35] == -INF) {
                hidden++;
                assertEquals(0, probabilities.value(i));
                assertFalse(probabilities.accepts(i, 0.01, DType.F32));
            }
        }
        assertTrue(hidden > 20);
    }

    @Test
    void inputsAreRoundedAsTheContractSays() {
        ComputeContract tf32 =
                ComputeContract.strict().inputs(InputRounding.TF32).build();
        for (DType dtype : new DType[] {DType.F32, DType.F64}) {
            AttentionSetup setup = AttentionSetup.small().dtype(dtype);
            Example example = setup.example().fill("normal", 29);
            Example rounded = setup.example();
            for (String name : List.of("Q", "K", "V")) {
                double[] values = example.values(name);
                for (int i = 0; i < values.length; i++) {
                    double step = Math.scalb(1.0, Math.getExponent((float) values[i]) - 10);
                    rounded.tensor(name).set(i, Math.rint((float) values[i] / step) * step);
                }
            }
            Answer want = rounded.answer(0);
            Answer got = example.answer(0, tf32);
            for (int i = 0; i < want.size(); i++) {
                assertEquals(want.value(i), got.value(i), 1e-13, dtype + " element " + i);
            }
        }
    }

    /// Probabilities sum to 1; equal values come out unchanged; a common shift of the scores changes nothing.
    @Test
    void lawsOfTheSoftmaxHold() {
        for (int round = 0; round < 10; round++) {
            AttentionSetup setup = AttentionSetup.small().masked(DType.F32, 5, 7);
            Example example = setup.mode(3).example().fill("normal", round);
            Answer p = example.answer(3);
            for (int row = 0; row < p.size() / 7; row++) {
                double sum = 0;
                for (int j = 0; j < 7; j++) {
                    sum += p.value(row * 7 + j);
                }
                assertEquals(1, sum, 1e-14);
            }
            Tensor mask = example.tensor("attn_mask");
            for (int i = 0; i < 35; i++) {
                mask.set(i, mask.get(i) + 4);
            }
            Answer shifted = example.answer(3);
            for (int i = 0; i < p.size(); i++) {
                assertEquals(p.value(i), shifted.value(i), 1e-6, "masks are f32");
            }
            Tensor values = example.tensor("V");
            for (int i = 0; i < 2 * 2 * 7 * 6; i++) {
                values.set(i, 0.5);
            }
            Answer y = example.answer(0);
            for (int i = 0; i < y.size(); i++) {
                assertEquals(0.5, y.value(i), 1e-14);
            }
        }
    }

    /// Keys and values that are not in use may hold anything, and still only one result is right.
    @Test
    void paddingNeverMatters() {
        AttentionSetup setup = AttentionSetup.small().lengths(3, 9, 0).using(1L, 6L);
        Example clean = setup.example().fill("normal", 41);
        Example poisoned = setup.example().fill("normal", 41);
        for (String name : List.of("K", "V")) {
            Tensor tensor = poisoned.tensor(name);
            int size = name.equals("K") ? setup.d : setup.e;
            for (int b = 0; b < 2; b++) {
                for (int g = 0; g < setup.g; g++) {
                    for (int j = b == 0 ? 1 : 6; j < 9; j++) {
                        for (int c = 0; c < size; c++) {
                            tensor.set(((b * (long) setup.g + g) * 9 + j) * size + c, Double.NaN);
                        }
                    }
                }
            }
        }
        Answer want = clean.answer(0);
        Answer got = poisoned.answer(0);
        want.assertEqualBits(got, "result");
        for (int i = 0; i < got.size(); i++) {
            assertFalse(got.mayBeNotFinite(i));
            assertFalse(got.accepts(i, Double.NaN, DType.F32));
        }
        Answer copy = poisoned.answer(1);
        assertTrue(Double.isNaN(copy.value(copy.size() - 1)), "a copy is a copy");
        Answer raw = setup.mode(0).example().fill("normal", 41).answer(3);
        assertTrue(Double.isFinite(raw.value(raw.size() - 1)), "scores before the mask are of all keys");
    }
}
