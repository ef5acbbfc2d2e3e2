package dev.assay.operator.attention;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.DoubleDouble;
import dev.assay.operator.Answer;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.attention.NaiveAttention.Array;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ForkJoinPool;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionTest {
    private static final Attention ATTENTION = new Attention();
    private static final double INF = Double.POSITIVE_INFINITY;

    /// Sizes and options of a call, with the defaults of a small one.
    private record Setup(
            DType dtype,
            boolean flat,
            int b,
            int h,
            int g,
            int s,
            int t,
            int p,
            int d,
            int e,
            boolean causal,
            Optional<Double> scale,
            double softcap,
            Optional<DType> mask,
            List<Integer> maskSizes,
            List<Long> used,
            int mode) {

        static Setup small() {
            return new Setup(
                    DType.F32,
                    false,
                    2,
                    4,
                    2,
                    5,
                    7,
                    0,
                    8,
                    6,
                    false,
                    Optional.empty(),
                    0,
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    0);
        }

        Setup dtype(DType value) {
            return new Setup(value, flat, b, h, g, s, t, p, d, e, causal, scale, softcap, mask, maskSizes, used, mode);
        }

        Setup asFlat() {
            return new Setup(dtype, true, b, h, g, s, t, p, d, e, causal, scale, softcap, mask, maskSizes, used, mode);
        }

        Setup heads(int query, int key) {
            return new Setup(
                    dtype, flat, b, query, key, s, t, p, d, e, causal, scale, softcap, mask, maskSizes, used, mode);
        }

        Setup lengths(int queries, int keys, int past) {
            return new Setup(
                    dtype, flat, b, h, g, queries, keys, past, d, e, causal, scale, softcap, mask, maskSizes, used,
                    mode);
        }

        Setup headSizes(int key, int value) {
            return new Setup(
                    dtype, flat, b, h, g, s, t, p, key, value, causal, scale, softcap, mask, maskSizes, used, mode);
        }

        Setup asCausal() {
            return new Setup(dtype, flat, b, h, g, s, t, p, d, e, true, scale, softcap, mask, maskSizes, used, mode);
        }

        Setup scaled(double value) {
            return new Setup(
                    dtype,
                    flat,
                    b,
                    h,
                    g,
                    s,
                    t,
                    p,
                    d,
                    e,
                    causal,
                    Optional.of(value),
                    softcap,
                    mask,
                    maskSizes,
                    used,
                    mode);
        }

        Setup capped(double value) {
            return new Setup(dtype, flat, b, h, g, s, t, p, d, e, causal, scale, value, mask, maskSizes, used, mode);
        }

        Setup masked(DType type, Integer... sizes) {
            return new Setup(
                    dtype,
                    flat,
                    b,
                    h,
                    g,
                    s,
                    t,
                    p,
                    d,
                    e,
                    causal,
                    scale,
                    softcap,
                    Optional.of(type),
                    List.of(sizes),
                    used,
                    mode);
        }

        Setup using(Long... lengths) {
            return new Setup(
                    dtype,
                    flat,
                    b,
                    h,
                    g,
                    s,
                    t,
                    p,
                    d,
                    e,
                    causal,
                    scale,
                    softcap,
                    mask,
                    maskSizes,
                    List.of(lengths),
                    mode);
        }

        Setup mode(int value) {
            return new Setup(dtype, flat, b, h, g, s, t, p, d, e, causal, scale, softcap, mask, maskSizes, used, value);
        }

        Example example() {
            Example example = new Example(ATTENTION)
                    .input("Q", flat ? TensorSpec.of(dtype, b, s, (long) h * d) : TensorSpec.of(dtype, b, h, s, d))
                    .input("K", flat ? TensorSpec.of(dtype, b, t, (long) g * d) : TensorSpec.of(dtype, b, g, t, d))
                    .input("V", flat ? TensorSpec.of(dtype, b, t, (long) g * e) : TensorSpec.of(dtype, b, g, t, e))
                    .attribute("qk_matmul_output_mode", mode)
                    .attribute("is_causal", causal ? 1 : 0)
                    .output("present_key")
                    .output("present_value")
                    .output("qk_matmul_output");
            if (p > 0) {
                example.input("past_key", TensorSpec.of(dtype, b, g, p, d))
                        .input("past_value", TensorSpec.of(dtype, b, g, p, e));
            }
            if (flat) {
                example.attribute("q_num_heads", h).attribute("kv_num_heads", g);
            }
            scale.ifPresent(value -> example.attribute("scale", value));
            if (softcap > 0) {
                example.attribute("softcap", softcap);
            }
            mask.ifPresent(type -> example.input(
                    "attn_mask",
                    TensorSpec.dense(
                            type,
                            Shape.of(maskSizes.stream().map(Integer::longValue).toList()))));
            if (!used.isEmpty()) {
                example.constant(
                        "nonpad_kv_seqlen",
                        used.stream().mapToLong(Long::longValue).toArray());
            }
            return example;
        }

        NaiveAttention naive(Example example) {
            Map<String, Array> arrays = new HashMap<>();
            for (String name : List.of("Q", "K", "V", "past_key", "past_value", "attn_mask")) {
                if (example.inputs().has(name)) {
                    long[] dims = example.tensor(name).shape().toArray();
                    arrays.put(
                            name,
                            new Array(
                                    example.values(name),
                                    LongStream.of(dims)
                                            .mapToInt(Math::toIntExact)
                                            .toArray()));
                }
            }
            return new NaiveAttention(
                    arrays,
                    h,
                    g,
                    mask.isPresent() && mask.get() == DType.BOOL,
                    causal,
                    used.isEmpty() ? Optional.empty() : Optional.of(used),
                    scale,
                    softcap);
        }
    }

    private static void assertClose(double[] want, Answer got, String what) {
        assertEquals(want.length, got.size(), what);
        for (int i = 0; i < want.length; i++) {
            boolean right = want[i] == got.value(i)
                    || Math.abs(want[i] - got.value(i)) <= 1e-12 * Math.max(1, Math.abs(want[i]));
            assertTrue(right, what + " " + i + ": " + got.value(i) + " instead of " + want[i]);
        }
    }

    /// All outputs, and the scores after every stage.
    private static void check(Setup setup, String fill, long seed) {
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

    private static void check(Setup setup) {
        check(setup, "normal", 1);
        check(setup.asFlat(), "normal", 2);
        check(setup.dtype(DType.F16), "peaky", 3);
    }

    @Test
    void plainAttentionIsTheText() {
        check(Setup.small());
        check(Setup.small().dtype(DType.BF16).lengths(1, 1, 0));
        check(Setup.small().lengths(3, 300, 0).headSizes(3, 1));
        check(Setup.small().lengths(1, 13, 0));
    }

    @Test
    void headsShareKeysInGroups() {
        check(Setup.small().heads(4, 4));
        check(Setup.small().heads(6, 2));
        check(Setup.small().heads(5, 1));
        check(Setup.small().heads(1, 1));
    }

    @Test
    void headSizesOfKeysAndValuesMayDiffer() {
        check(Setup.small().headSizes(4, 11));
        check(Setup.small().headSizes(11, 1));
        check(Setup.small().headSizes(1, 3));
    }

    @Test
    void pastStandsBeforeTheNewKeys() {
        check(Setup.small().lengths(5, 5, 3));
        check(Setup.small().lengths(1, 1, 12));
        check(Setup.small().lengths(2, 3, 1));
    }

    @Test
    void causalMasksEndAtTheBottomRight() {
        check(Setup.small().lengths(5, 5, 0).asCausal());
        check(Setup.small().lengths(5, 7, 0).asCausal());
        check(Setup.small().lengths(7, 5, 0).asCausal());
        check(Setup.small().lengths(4, 4, 6).asCausal());
        check(Setup.small().lengths(1, 1, 6).asCausal());
        check(Setup.small().lengths(3, 5, 2).asCausal());
    }

    @Test
    void scaleReplacesTheRootOfTheHeadSize() {
        check(Setup.small().scaled(0.01));
        check(Setup.small().scaled(3));
        check(Setup.small().scaled(-1));
        check(Setup.small().scaled(0));
    }

    @Test
    void softcapsLimitTheScoresBeforeTheBias() {
        check(Setup.small().capped(0.5));
        check(Setup.small().capped(30).masked(DType.F32, 5, 7), "normal", 4);
        check(Setup.small().capped(2).asCausal());
        check(Setup.small().capped(1).masked(DType.BOOL, 5, 7), "normal", 5);
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
            check(Setup.small().masked(DType.BOOL, mask), "normal", 6);
            check(Setup.small().masked(DType.F32, mask), "normal", 7);
            check(Setup.small().asFlat().masked(DType.F32, mask).asCausal(), "normal", 8);
        }
        check(Setup.small().dtype(DType.F16).masked(DType.F16, 5, 7), "normal", 9);
        check(Setup.small().lengths(5, 4, 3).masked(DType.BOOL, 4, 5, 7).asCausal(), "normal", 10);
    }

    @Test
    void stridedMasksAreReadWhereTheyLie() {
        Setup setup = Setup.small().masked(DType.F32, 5, 7);
        Example example = setup.example();
        example.input("attn_mask", TensorSpec.of(DType.F32, 7, 5).transposed(0, 1));
        example.fill("normal", 11);
        assertClose(setup.naive(example).result, example.answer(0), "transposed mask");
    }

    @Test
    void stridedHeadsAreReadWhereTheyLie() {
        Setup setup = Setup.small();
        Example example = setup.example();
        example.input("Q", TensorSpec.of(DType.F32, 2, 5, 4, 8).transposed(1, 2));
        example.input("K", TensorSpec.of(DType.F32, 2, 2, 8, 7).transposed(2, 3));
        example.fill("normal", 12);
        assertClose(setup.naive(example).result, example.answer(0), "strided heads");
        Setup flat = setup.asFlat();
        Example padded = flat.example();
        padded.input("V", new TensorSpec(DType.F32, Shape.of(2, 7, 12), List.of(200L, 25L, 2L)));
        padded.fill("normal", 12);
        assertClose(flat.naive(padded).result, padded.answer(0), "padded values");
    }

    @Test
    void keysBeyondTheLengthInUseAreMasked() {
        check(Setup.small().using(7L, 3L), "normal", 13);
        check(Setup.small().using(0L, 1L), "normal", 14);
        check(Setup.small().lengths(3, 7, 0).using(7L, 4L).asCausal(), "normal", 15);
        check(Setup.small().lengths(5, 7, 0).using(2L, 6L).asCausal(), "normal", 16);
        check(Setup.small().asFlat().using(5L, 3L).masked(DType.F32, 2, 1, 5, 7).asCausal(), "normal", 17);
        check(Setup.small().lengths(2, 4, 3).using(6L, 2L), "normal", 18);
    }

    @Test
    void randomCombinationsAreTheText() {
        SplittableRandom random = new SplittableRandom(19);
        for (int round = 0; round < 120; round++) {
            int g = random.nextInt(1, 4);
            int s = random.nextInt(1, 7);
            int t = random.nextInt(1, 9);
            int p = random.nextInt(3) == 0 ? random.nextInt(1, 5) : 0;
            Setup setup = Setup.small()
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
                setup = setup.masked(random.nextBoolean() ? DType.BOOL : setup.dtype(), s, p + t);
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
        Setup setup = Setup.small().masked(DType.BOOL, 5, 7);
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
        Answer y = Setup.small().lengths(3, 0, 0).example().answer(0);
        assertArrayEquals(new double[y.size()], y.values());
        assertEquals(0, Setup.small().lengths(0, 4, 0).example().answer(0).size());
        assertEquals(0, Setup.small().headSizes(4, 0).example().answer(0).size());
    }

    /// NaN in masked keys and values: values as if they were not there, and a kernel that multiplies them by zero
    /// is spared.
    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void whatIsMaskedDoesNotLeak(double special) {
        for (boolean inValues : new boolean[] {true, false}) {
            Setup setup = Setup.small().masked(DType.BOOL, 5, 7);
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
            }
        }
    }

    @Test
    void whatIsVisibleAndNotFiniteShows() {
        Example example = Setup.small().example().fill("normal", 22);
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
        Setup setup = Setup.small().capped(5);
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
        Setup setup = Setup.small().capped(0.5).masked(DType.F32, 5, 7);
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

    private static final TensorSpec Q = TensorSpec.of(DType.F32, 2, 4, 5, 8);
    private static final TensorSpec K = TensorSpec.of(DType.F32, 2, 2, 7, 8);
    private static final TensorSpec V = TensorSpec.of(DType.F32, 2, 2, 7, 6);

    private static CallBuilder builder(TensorSpec q, TensorSpec k, TensorSpec v) {
        return new CallBuilder(ATTENTION, "case 7").input("Q", q).input("K", k).input("V", v);
    }

    private static CallBuilder builder() {
        return builder(Q, K, V);
    }

    private static void assertRefused(CallBuilder builder, String what, String fix) {
        InvalidCallException e = assertThrows(InvalidCallException.class, builder::build);
        assertTrue(e.what().contains(what), e.what());
        assertTrue(e.fix().contains(fix), e.fix());
        assertFalse(e.where().isBlank());
    }

    private static TensorSpec f32(long... dims) {
        return TensorSpec.of(DType.F32, dims);
    }

    private static Attribute whole(long value) {
        return new Attribute.Int(value);
    }

    @Test
    void sizesThatDoNotFitAreRefused() {
        assertRefused(builder(f32(4, 5, 8), K, V), "Q, K, V are [4,5,8]", "all three 3 or all three 4");
        assertRefused(builder(f32(5, 8), f32(5, 8), f32(5, 8)), "Q, K, V are [5,8]", "all three 3 or all three 4");
        assertRefused(builder(f32(3, 4, 5, 8), K, V), "Q [3,4,5,8]", "equal batches");
        assertRefused(builder(Q, f32(2, 2, 7, 9), V), "K [2,2,7,9]", "head sizes");
        assertRefused(builder(Q, K, f32(2, 2, 6, 6)), "V [2,2,6,6]", "lengths");
        assertRefused(builder(Q, K, f32(2, 4, 7, 6)), "V [2,4,7,6]", "equal");
        assertRefused(builder(Q, f32(2, 3, 7, 8), f32(2, 3, 7, 6)), "4 query heads and 3", "multiple");
        assertRefused(builder(f32(2, 0, 5, 8), K, V), "0 query heads", "multiple");
        assertRefused(builder(f32(2, 4, 5, 0), f32(2, 2, 7, 0), V), "Q [2,4,5,0]", "head sizes");
    }

    @Test
    void flatInputsNeedNumbersOfHeads() {
        TensorSpec q = f32(2, 5, 32);
        TensorSpec k = f32(2, 7, 16);
        TensorSpec v = f32(2, 7, 12);
        assertRefused(builder(q, k, v), "without q_num_heads", "give the attribute q_num_heads");
        assertRefused(
                builder(q, k, v).attribute("q_num_heads", whole(4)), "without kv_num_heads", "attribute kv_num_heads");
        assertRefused(
                builder(q, k, v).attribute("q_num_heads", whole(3)).attribute("kv_num_heads", whole(1)),
                "hidden sizes 32",
                "multiples");
        assertRefused(
                builder(q, k, v).attribute("q_num_heads", whole(0)).attribute("kv_num_heads", whole(0)),
                "0 query heads",
                "multiple");
        assertRefused(
                builder(q, k, v).attribute("q_num_heads", whole(-4)).attribute("kv_num_heads", whole(-2)),
                "-4 query heads",
                "multiple");
        assertRefused(builder().attribute("q_num_heads", whole(8)), "q_num_heads 8", "leave it out");
        assertRefused(builder().attribute("kv_num_heads", whole(1)), "kv_num_heads 1", "leave it out");
    }

    @Test
    void optionalInputsMustFit() {
        TensorSpec pastKey = f32(2, 2, 3, 8);
        assertRefused(builder().input("past_key", pastKey), "only one of past_key and past_value", "both or none");
        assertRefused(builder().input("past_value", f32(2, 2, 3, 6)), "only one of", "both or none");
        for (TensorSpec wrong : List.of(f32(2, 2, 3, 8), f32(2, 2, 4, 6), f32(2, 2, 3), f32(1, 2, 3, 6))) {
            assertRefused(builder().input("past_key", pastKey).input("past_value", wrong), "past_value", "[2,2,p,6]");
        }
        assertRefused(
                builder().input("past_key", f32(2, 4, 3, 8)).input("past_value", f32(2, 4, 3, 6)),
                "past_key [2,4,3,8]",
                "[2,2,p,8]");
        for (TensorSpec wrong : List.of(
                f32(7), f32(1, 2, 4, 5, 7), f32(4, 7), f32(5, 8), f32(3, 5, 7), f32(3, 1, 5, 7), f32(2, 4, 7))) {
            assertRefused(builder().input("attn_mask", wrong), "attn_mask " + wrong.shape(), "[2,4,5,7]");
        }
        assertRefused(
                builder().input("attn_mask", TensorSpec.of(DType.F16, 5, 7)), "attn_mask is f16", "bool or the type");
        assertRefused(builder().input("attn_mask", TensorSpec.of(DType.I32, 5, 7)), "'attn_mask' is i32", "use one of");
        TensorSpec lengths = TensorSpec.of(DType.I64, 2);
        assertRefused(builder().input("nonpad_kv_seqlen", lengths), "'nonpad_kv_seqlen' are not given", "give them");
        for (List<Long> wrong : List.of(List.of(1L, 8L), List.of(-1L, 2L), List.of(1L), List.of(1L, 2L, 3L))) {
            assertRefused(
                    builder().constant("nonpad_kv_seqlen", lengths, wrong), "nonpad_kv_seqlen " + wrong, "from 0 to 7");
        }
        assertRefused(
                builder().constant("nonpad_kv_seqlen", TensorSpec.of(DType.I64, 2, 1), List.of(1L, 2L)),
                "nonpad_kv_seqlen",
                "2 numbers");
        assertRefused(
                builder().constant("nonpad_kv_seqlen", TensorSpec.of(DType.I32, 2), List.of(1L, 2L)),
                "'nonpad_kv_seqlen' is i32",
                "[i64]");
    }

    @Test
    void attributesOutOfRangeAreRefused() {
        assertRefused(builder().attribute("is_causal", whole(2)), "is_causal 2", "0 or 1");
        assertRefused(builder().attribute("qk_matmul_output_mode", whole(4)), "mode 4", "0, 1, 2 or 3");
        assertRefused(builder().attribute("qk_matmul_output_mode", whole(-1)), "mode -1", "0, 1, 2 or 3");
        assertRefused(builder().attribute("qk_matmul_output_mode", whole(1L << 32)), "4294967296", "0, 1, 2 or 3");
        assertRefused(builder().attribute("softcap", new Attribute.Real(-1)), "softcap -1", "positive");
        assertRefused(builder().attribute("softcap", new Attribute.Real(Double.NaN)), "softcap NaN", "positive");
        assertRefused(builder().attribute("scale", new Attribute.Text("x")), "'scale' is Text x", "give Real");
        assertRefused(builder().attribute("is_causal", new Attribute.Real(1)), "'is_causal' is Real", "give Int");
        assertRefused(builder().attribute("causal", whole(1)), "no attribute 'causal'", "is_causal");
        assertRefused(builder().output("lse"), "no output 'lse'", "qk_matmul_output");
        assertRefused(builder(Q, TensorSpec.of(DType.F16, 2, 2, 7, 8), V), "'K' is f16", "one dtype");
    }

    @Test
    void outputsFollowTheInputs() {
        Example example = Setup.small().lengths(5, 7, 3).example();
        assertEquals(List.of(f32(2, 4, 5, 6), f32(2, 2, 10, 8), f32(2, 2, 10, 6), f32(2, 4, 5, 10)), example.outputs());
        assertEquals(f32(2, 5, 24), Setup.small().asFlat().example().outputs().getFirst());
        TensorSpec values = TensorSpec.of(DType.BF16, 2, 2, 7, 6);
        List<TensorSpec> mixed = ATTENTION.outputs(builder(Q, K, values).build());
        assertEquals(DType.F32, mixed.get(0).dtype(), "Y has the type of Q");
        assertEquals(DType.BF16, mixed.get(2).dtype(), "present_value that of V");
    }

    /// Query by query instead of by blocks.
    private static List<Region> queryByQuery(Setup setup, int output) {
        List<Region> regions = new ArrayList<>();
        int size = output == 3 ? setup.p() + setup.t() : setup.e();
        for (long b = 0; b < setup.b(); b++) {
            for (long h = 0; h < setup.h(); h++) {
                for (long s = setup.s() - 1L; s >= 0; s--) {
                    regions.add(
                            output == 0 && setup.flat()
                                    ? Region.of(new long[] {b, s, h * size}, 1, 1, size)
                                    : Region.of(new long[] {b, h, s, 0}, 1, 1, 1, size));
                }
            }
        }
        return regions;
    }

    @ParameterizedTest
    @ValueSource(strings = {"normal", "peaky", "outliers", "specials", "integers"})
    void anySplitIntoQueriesGivesEqualBits(String fill) {
        Setup base = Setup.small().lengths(9, 40, 0).asCausal();
        for (Setup setup : List.of(
                base,
                base.asFlat().capped(3),
                base.dtype(DType.F64),
                base.masked(DType.BOOL, 9, 40).mode(3),
                base.mode(2).dtype(DType.BF16))) {
            Oracle oracle = setup.example().fill(fill, 25).oracle(ComputeContract.STRICT);
            for (int output : new int[] {0, 3}) {
                Answer.of(oracle, output)
                        .assertEqualBits(Answer.of(oracle, output, queryByQuery(setup, output)), fill + setup);
            }
            Answer keys = Answer.of(oracle, 1);
            List<Region> parts = new ArrayList<>();
            for (long j = 0; j < 40; j++) {
                parts.add(Region.of(new long[] {0, 0, j, 0}, 2, 2, 1, 3));
                parts.add(Region.of(new long[] {0, 0, j, 3}, 2, 2, 1, 5));
            }
            keys.assertEqualBits(Answer.of(oracle, 1, parts), "copies may be cut anywhere");
        }
    }

    @Test
    void blocksOfManyQueriesAreSplitAndEqualInAnyNumberOfThreads() throws Exception {
        Setup setup =
                Setup.small().heads(1, 1).lengths(300, 1000, 0).headSizes(4, 3).asCausal();
        Oracle oracle = setup.example().fill("normal", 26).oracle(ComputeContract.STRICT);
        int boxes = 0;
        for (Region ignored : oracle.regions(0)) {
            boxes++;
        }
        assertEquals(4, boxes, "262 queries to a box");
        Answer whole = Answer.of(oracle, 0);
        for (int threads : new int[] {1, 5}) {
            try (ForkJoinPool pool = new ForkJoinPool(threads)) {
                whole.assertEqualBits(pool.submit(() -> Answer.of(oracle, 0)).get(), threads + " threads");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"normal", "peaky", "specials"})
    void sampledQueriesHaveTheBitsOfTheWhole(String fill) {
        Setup base =
                Setup.small().heads(8, 2).lengths(96, 60, 4).headSizes(4, 3).asCausal();
        for (Setup setup : List.of(base, base.asFlat().capped(3), base.masked(DType.BOOL, 96, 60))) {
            Oracle oracle = setup.example().fill(fill, 31).oracle(ComputeContract.STRICT);
            for (int output : new int[] {0, 3}) {
                CheapOracle cheap = oracle.cheap(output).orElseThrow();
                Answer whole = Answer.of(oracle, output);
                ExpectedBlock block = new ExpectedBlock();
                long[] unseen = whole.shape().coordinates(whole.size() / 2);
                List<Region> regions = new ArrayList<>(cheap.samples());
                assertTrue(regions.stream().mapToLong(Region::elements).sum() < whole.size(), "only a part");
                regions.add(cheap.around(unseen));
                assertTrue(cheap.around(unseen).contains(unseen));
                for (Region region : regions) {
                    block.reset(region);
                    cheap.expect(region, position -> example(position), block);
                    for (int i = 0; i < block.elements(); i++) {
                        int at = Math.toIntExact(region.number(whole.shape(), i));
                        assertEquals(whole.value(at), block.values()[i], fill + setup);
                        assertEquals(whole.sigma(at), block.sigmas()[i], fill + setup);
                        assertEquals(whole.flag(at), block.flags()[i], fill + setup);
                    }
                }
            }
        }
    }

    private static Tensor example(int position) {
        throw new IllegalStateException("attention expects the same whatever the device returned: " + position);
    }

    @Test
    void copiesAreNotSampled() {
        Oracle oracle = Setup.small().lengths(5, 7, 3).example().oracle(ComputeContract.STRICT);
        assertTrue(oracle.cheap(0).isPresent() && oracle.cheap(3).isPresent());
        assertTrue(oracle.cheap(1).isEmpty() && oracle.cheap(2).isEmpty());
    }

    /// Where queries begin and end to see keys, on every head; all residues on one head or another.
    @Test
    void everyHeadAndEveryResidueIsSampled() {
        Setup setup =
                Setup.small().heads(4, 2).lengths(1000, 900, 0).headSizes(4, 4).asCausal();
        CheapOracle cheap =
                setup.example().oracle(ComputeContract.STRICT).cheap(0).orElseThrow();
        boolean[] residues = new boolean[256];
        boolean[][][] seen = new boolean[2][4][1000];
        for (Region region : cheap.samples()) {
            assertEquals(4, region.size().dim(3), "all columns");
            for (long query : region.along(2)) {
                seen[(int) region.start(0)][(int) region.start(1)][(int) query] = true;
                residues[(int) query % 256] = true;
            }
        }
        for (boolean[][] batch : seen) {
            for (boolean[] head : batch) {
                assertTrue(head[0] && head[999], "both ends");
                assertTrue(head[898] && head[899] && head[900], "beside the first query that sees all keys");
            }
        }
        for (int residue = 0; residue < 256; residue++) {
            assertTrue(residues[residue], "residue " + residue);
        }
    }

    @Test
    void judgingALongAttentionTakesATwentiethOfIt() {
        TensorSpec q = TensorSpec.of(DType.BF16, 1, 8, 4096, 128);
        TensorSpec k = TensorSpec.of(DType.BF16, 1, 8, 32_768, 128);
        Call call = builder(q, k, k).build();
        double cheap = ATTENTION.cheapCost(call).orElseThrow().flops();
        double kernel = ATTENTION.cost(call).flops();
        assertEquals(4.0 * 8 * 4096 * 32_768 * 128, kernel);
        assertTrue(cheap <= 0.05 * kernel && cheap > 0.03 * kernel, cheap + " of " + kernel);
    }

    @Test
    void boxesThatCutAHeadAreRefused() {
        Oracle oracle = Setup.small().example().fill("normal", 27).oracle(ComputeContract.STRICT);
        for (Region wrong : List.of(
                Region.of(new long[] {0, 0, 0, 0}, 1, 1, 1, 3),
                Region.of(new long[] {0, 0, 0, 0}, 1, 2, 1, 6),
                Region.of(new long[] {0, 0, 0, 3}, 1, 1, 1, 3))) {
            assertThrows(IllegalArgumentException.class, () -> Answer.of(oracle, 0, List.of(wrong)));
        }
    }

    @Test
    void presentKeysAndValuesAreExactCopies() {
        Example example = Setup.small().lengths(5, 7, 3).example().fill("specials", 28);
        for (int output : new int[] {1, 2}) {
            Answer copy = example.answer(output);
            for (int i = 0; i < copy.size(); i++) {
                assertTrue(copy.isExact(i) && copy.flag(i) == 0);
            }
        }
    }

    @Test
    void f64ValuesKeepAHundredBits() {
        Example example = new Example(ATTENTION)
                .input("Q", DType.F64, Shape.of(1, 1, 1, 2), 0.3, -0.7)
                .input("K", DType.F64, Shape.of(1, 1, 2, 2), 1.1, 0.2, -0.4, 0.9)
                .input("V", DType.F64, Shape.of(1, 1, 2, 1), 0.1, 0.7)
                .attribute("scale", 0.6)
                .attribute("softcap", 2.0);
        DoubleDouble first = score(1.1, 0.2);
        DoubleDouble second = score(-0.4, 0.9);
        DoubleDouble a = first.minus(second).exp();
        DoubleDouble y = a.times(0.1).plus(0.7).dividedBy(a.plus(1));
        Answer answer = example.answer(0);
        DoubleDouble got = new DoubleDouble(answer.value(0), answer.low(0));
        assertEquals(0, got.minus(y).value(), 1e-29);
        assertTrue(answer.low(0) != 0);
    }

    private static DoubleDouble score(double x, double y) {
        DoubleDouble sum = DoubleDouble.product(0.3, x).plus(DoubleDouble.product(-0.7, y));
        return sum.times(0.6).dividedBy(DoubleDouble.of(2)).tanh().times(2.0);
    }

    @Test
    void inputsAreRoundedAsTheContractSays() {
        ComputeContract tf32 =
                ComputeContract.strict().inputs(InputRounding.TF32).build();
        for (DType dtype : new DType[] {DType.F32, DType.F64}) {
            Setup setup = Setup.small().dtype(dtype);
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

    /// A device in f32 that keeps all scores; its sums go one after another.
    private static double[] device(Setup setup, Example example, DType probabilities, boolean dropLastKey) {
        NaiveAttention shapes = setup.naive(example);
        double[] q = example.values("Q");
        double[] y = new double[shapes.result.length];
        int n = shapes.keys;
        float scale = (float) (1 / Math.sqrt(setup.d()));
        for (int row = 0; row < setup.b() * setup.h() * setup.s(); row++) {
            int head = row / setup.s() / (setup.h() / setup.g());
            float[] scores = new float[n];
            float largest = Float.NEGATIVE_INFINITY;
            int last = setup.causal() ? row % setup.s() + setup.p() : n - 1;
            last = dropLastKey ? last - 1 : last;
            for (int j = 0; j <= Math.min(last, n - 1); j++) {
                float sum = 0;
                for (int d = 0; d < setup.d(); d++) {
                    sum += (float) q[row * setup.d() + d] * (float) shapes.presentKey[(head * n + j) * setup.d() + d];
                }
                scores[j] = sum * scale;
                largest = Math.max(largest, scores[j]);
            }
            float total = 0;
            float[] out = new float[setup.e()];
            for (int j = 0; j <= Math.min(last, n - 1); j++) {
                float e = (float) Math.exp(scores[j] - largest);
                total += e;
                float stored = (float) probabilities.round(e);
                for (int c = 0; c < setup.e(); c++) {
                    out[c] += stored * (float) shapes.presentValue[(head * n + j) * setup.e() + c];
                }
            }
            for (int c = 0; c < setup.e(); c++) {
                y[row * setup.e() + c] = setup.dtype().round(out[c] / total);
            }
        }
        return y;
    }

    private static double rms(Answer answer, double[] got, DType output) {
        double sum = 0;
        for (int i = 0; i < got.length; i++) {
            assertTrue(
                    answer.accepts(i, got[i], output),
                    "element " + i + ": " + got[i] + " for " + answer.value(i) + ", bound " + answer.bound(i, output));
            double ulp = output.ulp(answer.value(i));
            double variance = answer.sigma(i) * answer.sigma(i) + ulp * ulp / 12;
            sum += Math.pow(got[i] - answer.value(i), 2) / variance;
        }
        return Math.sqrt(sum / got.length);
    }

    @ParameterizedTest
    @CsvSource({
        "F32,normal",
        "F32,uniform",
        "F32,peaky",
        "F32,outliers",
        "F32,boundary-seeking",
        "F32,large-mean(2)",
        "F32,lognormal",
        "BF16,normal",
        "BF16,peaky",
        "F16,outliers"
    })
    void f32KernelsStayWithinSigmaAndFillIt(DType dtype, String fill) {
        Setup setup = Setup.small()
                .dtype(dtype)
                .lengths(16, 16, 150)
                .headSizes(64, 32)
                .asCausal();
        Example example = setup.example().fill(fill, 30);
        double rms = rms(example.answer(0), device(setup, example, DType.F32, false), dtype);
        assertTrue(rms > 0.02 && rms < 3, fill + ": rms " + rms);
    }

    @Test
    void storedProbabilitiesNeedToBeDeclared() {
        Setup setup = Setup.small().lengths(16, 150, 0).headSizes(64, 32);
        Example example = setup.example().fill("normal", 31);
        double[] got = device(setup, example, DType.BF16, false);
        ComputeContract declared =
                ComputeContract.strict().probabilities(Stored.as(DType.BF16)).build();
        double rms = rms(example.answer(0, declared), got, DType.F32);
        assertTrue(rms > 0.3 && rms < 1.6, "rms " + rms);
        Answer strict = example.answer(0);
        int refused = 0;
        for (int i = 0; i < got.length; i++) {
            refused += strict.accepts(i, got[i], DType.F32) ? 0 : 1;
        }
        assertTrue(refused > got.length / 2, "undeclared it is caught: " + refused);
    }

    @Test
    void scoresMayLeaveTheRangeOfTheTypeTheyAreKeptIn() {
        ComputeContract f16 =
                ComputeContract.strict().scores(Stored.as(DType.F16)).build();
        ComputeContract bf16 =
                ComputeContract.strict().scores(Stored.as(DType.BF16)).build();
        Example example = new Example(ATTENTION)
                .input("Q", DType.F32, Shape.of(1, 1, 1, 1), 300)
                .input("K", DType.F32, Shape.of(1, 1, 2, 1), 300, 0)
                .input("V", DType.F32, Shape.of(1, 1, 2, 1), 1, 2);
        assertTrue(example.answer(0, f16).mayBeNotFinite(0), "90000 is no f16");
        assertFalse(example.answer(0, bf16).mayBeNotFinite(0));
        assertFalse(example.answer(0).mayBeNotFinite(0));
    }

    /// A kernel that cuts sums off has its largest number where another has infinity.
    @Test
    void valuesWhoseSumIsCutOffMayGiveAnything() {
        ComputeContract truncates = ComputeContract.strict()
                .accumulatorRounding(ComputeContract.Rounding.TOWARD_ZERO)
                .build();
        Example example = new Example(ATTENTION)
                .input("Q", DType.F32, Shape.of(1, 1, 1, 1), 0)
                .input("K", DType.F32, Shape.of(1, 1, 2, 1), 1, 1)
                .input("V", DType.F32, Shape.of(1, 1, 2, 1), 3e38, 3e38);
        assertTrue(example.answer(0, truncates).isOpen(0));
        assertTrue(example.answer(0).mayBeNotFinite(0));
        assertFalse(example.answer(0).isOpen(0));
    }

    @Test
    void aDroppedKeyIsOutOfBounds() {
        Setup setup = Setup.small().lengths(16, 16, 50).headSizes(64, 32).asCausal();
        Example example = setup.example().fill("boundary-seeking", 32);
        double[] got = device(setup, example, DType.F32, true);
        Answer answer = example.answer(0);
        int refused = 0;
        for (int i = 0; i < got.length; i++) {
            refused += answer.accepts(i, got[i], DType.F32) ? 0 : 1;
        }
        assertTrue(refused > got.length * 0.9, "refused " + refused + " of " + got.length);
    }

    @Test
    void costsOfTwoRealShapes() {
        // Llama-3-8B, one token after 1023 others, grouped heads: 32 · 1024 pairs of 2 · (128 + 128).
        TensorSpec q = TensorSpec.of(DType.BF16, 1, 32, 1, 128);
        TensorSpec k = TensorSpec.of(DType.BF16, 1, 8, 1, 128);
        TensorSpec past = TensorSpec.of(DType.BF16, 1, 8, 1023, 128);
        CallBuilder decode = builder(q, k, k).input("past_key", past).input("past_value", past);
        assertEquals(16_777_216, ATTENTION.cost(decode.build()).flops());
        assertEquals(
                2.0 * (4096 + 2 * 1024 + 2 * 1_047_552 + 4096),
                ATTENTION.cost(decode.build()).bytes());
        assertEquals(
                16_777_216,
                ATTENTION.cost(decode.attribute("is_causal", whole(1)).build()).flops());
        // Prefill of 512 tokens: 512² pairs, or 512 · 513 / 2 with the causal mask.
        TensorSpec all = TensorSpec.of(DType.BF16, 1, 32, 512, 128);
        TensorSpec keys = TensorSpec.of(DType.BF16, 1, 8, 512, 128);
        CallBuilder prefill = builder(all, keys, keys);
        assertEquals(4_294_967_296.0, ATTENTION.cost(prefill.build()).flops());
        assertEquals(
                2_151_677_952.0,
                ATTENTION.cost(prefill.attribute("is_causal", whole(1)).build()).flops());
    }

    @Test
    void costsFollowTheLengthsInUse() {
        // Batches with 7 and 3 keys, 4 heads, 5 queries, 8 + 6 operations twice.
        assertEquals(
                2.0 * 4 * 5 * (7 + 3) * 14,
                ATTENTION.cost(Setup.small().using(7L, 3L).example().call()).flops());
        // Query i sees keys up to i + 7 - 5, or up to i + 3 - 5.
        assertEquals(
                2.0 * 4 * ((3 + 4 + 5 + 6 + 7) + (0 + 0 + 1 + 2 + 3)) * 14,
                ATTENTION
                        .cost(Setup.small().using(7L, 3L).asCausal().example().call())
                        .flops());
        assertEquals(
                0,
                ATTENTION.cost(Setup.small().lengths(0, 4, 0).example().call()).flops());
    }

    @Test
    void sizesReadAsInACaseId() {
        assertEquals(
                "b2.h4.g2.s5.t7.d8.e6", ATTENTION.sizes(Setup.small().example().call()));
        assertEquals(
                "3d.b2.h4.g2.s5.t7.p3.d8.e6.mask5x10",
                ATTENTION.sizes(Setup.small()
                        .asFlat()
                        .lengths(5, 7, 3)
                        .masked(DType.BOOL, 5, 10)
                        .example()
                        .call()));
    }

    @Test
    void dataSetsGiveInputsTheirRoles() {
        Example example = Setup.small().masked(DType.F32, 5, 7).example();
        assertEquals("peaky", fill(example, "Q", "peaky"));
        assertEquals("normal", fill(example, "K", "peaky"));
        assertEquals("repeating", fill(example, "Q", "cancelling"));
        assertEquals("cancelling", fill(example, "K", "cancelling"));
        assertEquals("boundary-seeking", fill(example, "Q", "boundary-seeking"));
        assertEquals("mask", fill(example, "attn_mask", "specials"));
        assertEquals(new Fill.Along(8, 1), ATTENTION.along(example.call(), "K"));
        assertEquals(new Fill.Along(7, 6), ATTENTION.along(example.call(), "V"));
    }

    private static String fill(Example example, String input, String dataSet) {
        return ATTENTION
                .fill(example.call(), input, Fills.parse(dataSet, "here"))
                .name();
    }

    @Test
    void boundarySeekingQueriesEqualTheKeysAtTheBorder() {
        for (Setup setup : List.of(
                Setup.small().lengths(6, 9, 0).asCausal(),
                Setup.small().lengths(6, 9, 0).asCausal().asFlat())) {
            Example example = setup.example().fill("boundary-seeking", 33);
            double[] q = example.values("Q");
            NaiveAttention shapes = setup.naive(example);
            for (int h = 0; h < 4; h++) {
                for (int s = 0; s < 6; s++) {
                    int key = s % 3 == 0 ? s : s % 3 == 1 ? s + 1 : 0;
                    for (int c = 0; c < 8; c++) {
                        double query = setup.flat() ? q[s * 32 + h * 8 + c] : q[(h * 6 + s) * 8 + c];
                        assertEquals(2 * shapes.presentKey[(h / 2 * 9 + key) * 8 + c], query);
                    }
                }
            }
        }
    }

    @Test
    void masksLeaveAboutThreeQuartersVisible() {
        for (DType type : new DType[] {DType.BOOL, DType.F32}) {
            Example example = Setup.small()
                    .lengths(50, 60, 0)
                    .masked(type, 50, 60)
                    .example()
                    .fill("normal", 34);
            double[] mask = example.values("attn_mask");
            long visible = Arrays.stream(mask)
                    .filter(x -> type == DType.BOOL ? x != 0 : x != -INF)
                    .count();
            assertEquals(0.75, visible / 3000.0, 0.03);
        }
    }

    /// Probabilities sum to 1; equal values come out unchanged; a common shift of the scores changes nothing.
    @Test
    void lawsOfTheSoftmaxHold() {
        for (int round = 0; round < 10; round++) {
            Setup setup = Setup.small().masked(DType.F32, 5, 7);
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

    /// One query over many keys whose exponentials are `weights`, summed up in lanes and blocks in f32.
    private static double[] summed(double[] weights, double[] values, int columns, int lanes, int block) {
        float[][] lane = new float[lanes][columns + 1];
        float[] total = new float[columns + 1];
        for (int j = 0; j < weights.length; j++) {
            float p = (float) weights[j];
            float[] sums = lane[j % lanes];
            for (int c = 0; c < columns; c++) {
                sums[c] += p * (float) values[j * columns + c];
            }
            sums[columns] += p;
            if (j % block == block - 1 || j == weights.length - 1) {
                for (float[] one : lane) {
                    for (int c = 0; c <= columns; c++) {
                        total[c] += one[c];
                        one[c] = 0;
                    }
                }
            }
        }
        double[] y = new double[columns];
        Arrays.setAll(y, c -> total[c] / total[columns]);
        return y;
    }

    /// As [#summed], but with probabilities that are divided by their sum first.
    private static double[] dividedFirst(double[] weights, double[] values, int columns, int lanes, int block) {
        double sum = Arrays.stream(weights).sum();
        double[] divided = Arrays.stream(weights).map(p -> (float) (p / sum)).toArray();
        float[] total = new float[1];
        double[] y = summed(divided, values, columns, lanes, block);
        // What it divided by, put back.
        float[] lane = new float[lanes];
        for (int j = 0; j < divided.length; j++) {
            lane[j % lanes] += (float) divided[j];
            if (j % block == block - 1 || j == divided.length - 1) {
                for (int l = 0; l < lanes; l++) {
                    total[0] += lane[l];
                    lane[l] = 0;
                }
            }
        }
        return Arrays.stream(y).map(value -> value * total[0]).toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "0,constant",
        "0,ones",
        "0,positive",
        "0,normal",
        "0,nearly",
        "3,constant",
        "3,positive",
        "3,normal",
        "0.001,nearly"
    })
    void legitimateSumsOverManyKeysAreSpared(double peak, String data) {
        int keys = 6000;
        int columns = 3;
        SplittableRandom random = new SplittableRandom(31);
        double[] scores = new double[keys];
        Arrays.setAll(scores, j -> (float) (peak * random.nextGaussian()));
        double[] values = new double[keys * columns];
        Arrays.setAll(values, at -> (float)
                switch (data) {
                    case "constant" -> 0.1;
                    case "ones" -> 1;
                    case "positive" -> random.nextDouble();
                    case "nearly" -> 1000 + 0.01 * random.nextGaussian();
                    default -> random.nextGaussian();
                });
        Answer answer = new Example(ATTENTION)
                .input("Q", DType.F32, Shape.of(1, 1, 1, 1), 1)
                .input("K", DType.F32, Shape.of(1, 1, keys, 1), scores)
                .input("V", DType.F32, Shape.of(1, 1, keys, columns), values)
                .answer(0);
        double max = Arrays.stream(scores).max().orElse(0);
        double worst = 0;
        for (double off : new double[] {0, 0x1p-24, -0x1p-23, 0x1p-22}) {
            double[] weights = Arrays.stream(scores)
                    .map(s -> Math.exp(s - max) * (1 - off))
                    .toArray();
            for (int lanes : new int[] {1, 8, 128}) {
                for (int block : new int[] {keys, 64}) {
                    for (double[] got : List.of(
                            summed(weights, values, columns, lanes, block),
                            dividedFirst(weights, values, columns, lanes, block))) {
                        for (int c = 0; c < columns; c++) {
                            assertTrue(answer.accepts(c, DType.F32.round(got[c]), DType.F32), data + " lanes " + lanes);
                            worst = Math.max(worst, Math.abs(got[c] - answer.value(c)) / answer.bound(c, DType.F32));
                        }
                    }
                }
            }
            double[] dropped = weights.clone();
            Arrays.fill(dropped, keys - 64, keys, 0);
            double[] wrong = summed(dropped, values, columns, 1, keys);
            boolean found = false;
            for (int c = 0; c < columns; c++) {
                found |= !answer.accepts(c, wrong[c], DType.F32);
            }
            assertTrue(found || List.of("constant", "ones", "nearly").contains(data), "64 keys dropped");
        }
        assertTrue(worst < 0.75, data + ": " + worst);
        if (peak == 3 || data.equals("constant") || data.equals("ones")) {
            assertTrue((answer.flag(0) & ExpectedBlock.GUARDED) != 0);
        }
    }

    /// Keys and values that are not in use may hold anything, and still only one result is right.
    @Test
    void paddingNeverMatters() {
        Setup setup = Setup.small().lengths(3, 9, 0).using(1L, 6L);
        Example clean = setup.example().fill("normal", 41);
        Example poisoned = setup.example().fill("normal", 41);
        for (String name : List.of("K", "V")) {
            Tensor tensor = poisoned.tensor(name);
            int size = name.equals("K") ? setup.d() : setup.e();
            for (int b = 0; b < 2; b++) {
                for (int g = 0; g < setup.g(); g++) {
                    for (int j = b == 0 ? 1 : 6; j < 9; j++) {
                        for (int c = 0; c < size; c++) {
                            tensor.set(((b * (long) setup.g() + g) * 9 + j) * size + c, Double.NaN);
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

    @Test
    void systematicErrorsComeFromFunctions() {
        Answer unused = Setup.small().example().fill("normal", 42).answer(0);
        assertTrue(unused.systematic(0) > 0 && unused.systematic(0) < 20 * unused.sigma(0) + 1e-6);
        ComputeContract rough = ComputeContract.strict().expUlps(200).build();
        assertTrue(
                Setup.small().example().fill("normal", 42).answer(0, rough).systematic(0) > 10 * unused.systematic(0));
        assertEquals(
                0, Setup.small().mode(0).example().fill("normal", 42).answer(3).systematic(0));
        assertTrue(Setup.small()
                        .mode(1)
                        .capped(3)
                        .example()
                        .fill("normal", 42)
                        .answer(3)
                        .systematic(0)
                > 0);
    }

    @Test
    void aClusterIsWhatAQueryGetsFromAHead() {
        Setup setup = Setup.small().lengths(5, 7, 3);
        assertEquals(setup.e(), setup.example().oracle(ComputeContract.STRICT).cluster(0));
        assertEquals(
                setup.e(),
                setup.asFlat().example().oracle(ComputeContract.STRICT).cluster(0));
        assertEquals(10, setup.example().oracle(ComputeContract.STRICT).cluster(3));
    }

    /// An exponential of the distance overflows in f32, and what is selected is the value of one key.
    @Test
    void oneScoreStandsOut() {
        for (Setup setup : List.of(
                Setup.small().lengths(6, 6, 70).headSizes(64, 32).asCausal(),
                Setup.small().lengths(6, 76, 0).headSizes(64, 32).asFlat())) {
            Answer scores = setup.mode(0).example().fill("selecting", 54).answer(3);
            Answer chosen = setup.mode(3).example().fill("selecting", 54).answer(3);
            int n = 76;
            int others = 0;
            for (int row = 0; row < scores.size() / n; row++) {
                int query = row % 6;
                int last = setup.causal() ? 70 + query : n - 1;
                int key = query % 3 == 0 ? last : 0;
                for (int j = 0; query % 3 < 2 && j <= last; j++) {
                    boolean far = scores.value(row * n + key) - scores.value(row * n + j) > 100;
                    assertTrue(j == key || far, "query " + query + ", key " + j);
                }
                int selected = 0;
                while (chosen.value(row * n + selected) < 0.9) {
                    selected++;
                }
                assertTrue(selected <= last && (query % 3 == 2 || selected == key), "query " + query);
                others += selected != 0 && selected != last ? 1 : 0;
            }
            assertTrue(others > 4, "any key: " + others);
        }
    }

    private static List<String> probes(Setup setup) {
        return ATTENTION.probes(setup.example().call(), ComputeContract.STRICT).stream()
                .map(dev.assay.operator.Probe::fill)
                .toList();
    }

    @Test
    void probesFollowTheCall() {
        assertEquals(
                List.of("uniform-scores", "ascending", "selecting", "one-hot-values", "constant-values"),
                probes(Setup.small()));
        assertTrue(probes(Setup.small().asCausal()).contains("boundary-seeking"));
        assertEquals("poisoned-padding", probes(Setup.small().using(7L, 3L)).getFirst());
        assertFalse(probes(Setup.small().using(7L, 7L)).contains("poisoned-padding"), "nothing is padded");
    }

    @Test
    void probesGiveWhatTheyAreNamedFor() {
        for (Setup setup : List.of(
                Setup.small().lengths(5, 7, 3), Setup.small().lengths(5, 7, 3).asFlat())) {
            Example uniform = setup.example().fill("uniform-scores", 51);
            Answer scores = setup.mode(0).example().fill("uniform-scores", 51).answer(3);
            for (int i = 0; i < scores.size(); i++) {
                assertEquals(0, scores.value(i));
            }
            assertTrue(Arrays.stream(uniform.values("V")).allMatch(v -> v == Math.rint(v)));
            Answer ones = setup.example().fill("constant-values", 51).answer(0);
            for (int i = 0; i < ones.size(); i++) {
                assertEquals(1, ones.value(i), 1e-12);
            }
            Answer rising = setup.mode(0).example().fill("ascending", 51).answer(3);
            for (int row = 0; row < rising.size(); row += 10) {
                for (int j = 1; j < 10; j++) {
                    assertTrue(rising.value(row + j) > rising.value(row + j - 1) + 1, "keys rise");
                }
            }
            // With as many columns as keys, a result is the probabilities themselves, in turn.
            Setup square = setup.headSizes(8, 10);
            Answer result = square.example().fill("one-hot-values", 52).answer(0);
            Answer probabilities =
                    square.mode(3).example().fill("one-hot-values", 52).answer(3);
            for (int i = 0; i < probabilities.size(); i++) {
                long[] at = probabilities.shape().coordinates(i);
                long number = setup.flat()
                        ? (at[0] * 5 + at[2]) * 40 + at[1] * 10 + at[3]
                        : ((at[0] * 4 + at[1]) * 5 + at[2]) * 10 + at[3];
                assertEquals(probabilities.value(i), result.value((int) number), 1e-12);
            }
        }
        Example poisoned = Setup.small().using(2L, 7L).example().fill("poisoned-padding", 53);
        double[] keys = poisoned.values("K");
        for (int i = 0; i < keys.length; i++) {
            assertEquals(i < keys.length / 2 && i / 8 % 7 >= 2, Double.isNaN(keys[i]), "element " + i);
        }
        assertTrue(Arrays.stream(poisoned.values("Q")).allMatch(Double::isFinite));
        assertThrows(
                InvalidCallException.class,
                () -> new dev.assay.operator.gemm.MatMul()
                        .fill(Setup.small().example().call(), "A", Fills.of("ascending")));
    }
}
