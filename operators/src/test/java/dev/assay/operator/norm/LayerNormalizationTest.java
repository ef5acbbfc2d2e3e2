package dev.assay.operator.norm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Variance;
import dev.assay.operator.Answer;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Cost;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayerNormalizationTest {
    private static final LayerNormalization NORM = new LayerNormalization();
    private static final MathContext MANY = new MathContext(60);

    static Example example(DType dtype, boolean bias, int axis, long... dims) {
        Shape x = Shape.of(dims);
        Shape weights = x.slice(axis < 0 ? axis + x.rank() : axis, x.rank());
        Example example = new Example(NORM)
                .input("X", TensorSpec.dense(dtype, x))
                .input("Scale", TensorSpec.dense(dtype, weights));
        if (bias) {
            example.input("B", TensorSpec.dense(dtype, weights));
        }
        return example.attribute("axis", axis);
    }

    private static CallBuilder builder(TensorSpec x, TensorSpec scale) {
        return new CallBuilder(NORM, "case 7").input("X", x).input("Scale", scale);
    }

    private static void assertRefused(CallBuilder builder, String what, String where, String fix) {
        InvalidCallException e = assertThrows(InvalidCallException.class, builder::build);
        assertTrue(e.what().contains(what), e.what());
        assertTrue(e.where().contains(where), e.where());
        assertTrue(e.fix().contains(fix), e.fix());
    }

    @Test
    void wrongCallsAreRefusedWithWhatToDo() {
        TensorSpec x = TensorSpec.of(DType.F32, 2, 3, 4);
        TensorSpec four = TensorSpec.of(DType.F32, 4);
        assertRefused(builder(x, TensorSpec.of(DType.F32, 3)), "Scale is [3]", "input Scale", "[4]");
        assertRefused(builder(x, TensorSpec.of(DType.F32, 1, 4)), "Scale is [1,4]", "input Scale", "[4]");
        assertRefused(builder(x, TensorSpec.of(DType.F32)), "Scale is []", "input Scale", "[4]");
        assertRefused(builder(x, four).input("B", TensorSpec.of(DType.F32, 5)), "B is [5]", "input B", "the shape [4]");
        assertRefused(
                builder(x, four).attribute("axis", new Attribute.Int(1)),
                "normalised from axis 1",
                "input Scale",
                "[3,4]");
        assertRefused(
                builder(x, four).attribute("axis", new Attribute.Int(3)), "axis 3", "attribute axis", "from -3 to 2");
        assertRefused(
                builder(x, four).attribute("axis", new Attribute.Int(-4)), "axis -4", "attribute axis", "from -3 to 2");
        assertRefused(
                builder(x, four).attribute("axis", new Attribute.Real(1)), "'axis' is Real 1", "case 7", "give Int");
        assertRefused(
                builder(x, four).attribute("epsilon", new Attribute.Real(-1)),
                "epsilon -1",
                "attribute epsilon",
                "not negative");
        assertRefused(
                builder(x, four).attribute("epsilon", new Attribute.Real(Double.NaN)),
                "epsilon NaN",
                "attribute epsilon",
                "not negative");
        assertRefused(
                builder(x, four).attribute("stash_type", new Attribute.Int(10)),
                "stash_type 10",
                "attribute stash_type",
                "1 (f32) or 11");
        assertRefused(
                builder(x, four).attribute("eps", new Attribute.Real(1)),
                "no attribute 'eps'",
                "case 7",
                "[axis, epsilon, stash_type]");
        assertRefused(builder(x, TensorSpec.of(DType.F16, 4)), "'Scale' is f16", "case 7", "one dtype");
        assertRefused(builder(TensorSpec.of(DType.I32, 4), four), "'X' is i32", "case 7", "f32");
        assertRefused(
                new CallBuilder(NORM, "case 7").input("X", x), "'Scale' is missing", "case 7", "normalised dimensions");
        assertRefused(
                builder(TensorSpec.of(DType.F32), TensorSpec.of(DType.F32)), "X is a scalar", "input X", "a dimension");
    }

    @Test
    void outputsKeepTheRowsAndDropTheNormalisedSizes() {
        Example example = example(DType.BF16, false, 1, 2, 3, 4);
        TensorSpec statistics = TensorSpec.of(DType.F32, 2, 1, 1);
        assertEquals(List.of(TensorSpec.of(DType.BF16, 2, 3, 4), statistics, statistics), example.outputs());
        assertEquals(
                TensorSpec.of(DType.F64, 2, 1, 1),
                example.attribute("stash_type", 11).outputs().get(1));
        assertEquals(
                TensorSpec.of(DType.F32, 1, 1, 1),
                example(DType.F32, false, 0, 2, 3, 4).outputs().get(2));
        Call call = example(DType.F32, false, -1, 2, 4).output("Mean").call();
        assertTrue(call.hasOutput("Y") && call.hasOutput("Mean") && !call.hasOutput("InvStdDev"));
        assertEquals(1e-5, call.attributes().real("epsilon"), "ONNX's default");
    }

    /// The formula in decimals, for one row.
    private record Row(BigDecimal mean, BigDecimal inverse, List<BigDecimal> y) {
        static Row of(double[] x, double[] scale, double[] bias, double epsilon) {
            BigDecimal n = BigDecimal.valueOf(x.length);
            BigDecimal sum = BigDecimal.ZERO;
            for (double value : x) {
                sum = sum.add(new BigDecimal(value));
            }
            BigDecimal mean = sum.divide(n, MANY);
            BigDecimal squares = BigDecimal.ZERO;
            for (double value : x) {
                squares = squares.add(new BigDecimal(value).subtract(mean).pow(2));
            }
            BigDecimal inverse = BigDecimal.ONE.divide(
                    squares.divide(n, MANY).add(new BigDecimal(epsilon)).sqrt(MANY), MANY);
            BigDecimal[] y = new BigDecimal[x.length];
            for (int k = 0; k < x.length; k++) {
                y[k] = new BigDecimal(x[k])
                        .subtract(mean)
                        .multiply(inverse, MANY)
                        .multiply(new BigDecimal(scale[k]))
                        .add(bias.length == 0 ? BigDecimal.ZERO : new BigDecimal(bias[k]), MANY);
            }
            return new Row(mean, inverse, List.of(y));
        }
    }

    private static void assertClose(BigDecimal want, Answer answer, int i, double relative, String what) {
        BigDecimal got = new BigDecimal(answer.value(i)).add(new BigDecimal(answer.low(i)));
        double allowed = relative * Math.max(want.abs().doubleValue(), 1e-3);
        assertEquals(0, got.subtract(want).doubleValue(), allowed, what + " " + i);
    }

    private static void check(Example example, int length, double epsilon, double relative) {
        double[] x = example.values("X");
        double[] scale = example.values("Scale");
        double[] bias = example.inputs().has("B") ? example.values("B") : new double[0];
        Answer y = example.answer(0);
        Answer mean = example.answer(1);
        Answer inverse = example.answer(2);
        for (int row = 0; row < x.length / length; row++) {
            Row want = Row.of(Arrays.copyOfRange(x, row * length, (row + 1) * length), scale, bias, epsilon);
            assertClose(want.mean(), mean, row, relative, "mean");
            assertClose(want.inverse(), inverse, row, relative * 10, "inverse deviation");
            for (int k = 0; k < length; k++) {
                assertClose(want.y().get(k), y, row * length + k, relative * 1000, "row " + row + " element");
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"-1,7", "2,7", "1,35", "-2,35", "0,105", "-3,105"})
    void anyAxisNormalisesWhatIsBehindIt(int axis, int length) {
        check(example(DType.F32, true, axis, 3, 5, 7).fill("normal", 1), length, 1e-5, 1e-14);
        check(example(DType.F16, false, axis, 3, 5, 7).fill("normal(5,2)", 2), length, 1e-5, 1e-14);
        Example f64 = example(DType.F64, true, axis, 3, 5, 7)
                .attribute("stash_type", 11)
                .fill("normal(100,1)", 3);
        check(f64, length, 1e-5, 1e-29);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1e-12, 1e-5, 0.5, 10})
    void epsilonStandsUnderTheRoot(double epsilon) {
        check(example(DType.F32, true, -1, 4, 33).attribute("epsilon", epsilon).fill("normal", 4), 33, epsilon, 1e-14);
    }

    @Test
    void aWholeNumberServesAsEpsilon() {
        Call call = example(DType.F32, false, -1, 2, 4).attribute("epsilon", 1).call();
        assertEquals(1, call.attributes().real("epsilon"));
    }

    @Test
    void largeMeansLoseNothing() {
        check(example(DType.F32, true, -1, 3, 1001).fill("large-mean", 5), 1001, 1e-5, 1e-13);
        check(example(DType.F32, true, -1, 3, 64).fill("normal(1000000,0.5)", 6), 64, 1e-5, 1e-12);
        Example example = example(DType.F64, true, -1, 3, 4001).fill("large-mean", 5);
        Answer mean = example.answer(1);
        double[] x = example.values("X");
        for (int row = 0; row < 3; row++) {
            BigDecimal sum = BigDecimal.ZERO;
            for (int k = 0; k < 4001; k++) {
                sum = sum.add(new BigDecimal(x[row * 4001 + k]));
            }
            double want = sum.divide(BigDecimal.valueOf(4001), MANY).doubleValue();
            assertEquals(want, mean.value(row), Math.ulp(want), "the mean itself is rounded once");
        }
    }

    @Test
    void twoRowsByHand() {
        // Mean 3, variance 8: with epsilon 1 the inverse deviation is 1/3.
        Example example = new Example(NORM)
                .input("X", DType.F32, Shape.of(2, 2), 3 + Math.sqrt(8), 3 - Math.sqrt(8), 1, 1)
                .input("Scale", DType.F32, Shape.of(2), 3, 6)
                .input("B", DType.F32, Shape.of(2), 10, 20)
                .attribute("epsilon", 1.0);
        Answer y = example.answer(0);
        assertEquals(10 + Math.sqrt(8), y.value(0), 1e-6);
        assertEquals(20 - 2 * Math.sqrt(8), y.value(1), 1e-6);
        assertEquals(10, y.value(2));
        assertEquals(20, y.value(3));
        assertEquals(3, example.answer(1).value(0), 1e-7);
        assertEquals(1 / 3.0, example.answer(2).value(0), 1e-7);
        assertEquals(1, example.answer(2).value(1));
    }

    @Test
    void constantRowsGiveTheBias() {
        Example example = example(DType.F32, true, -1, 8, 100).fill("tiny-variance", 7);
        Answer y = example.answer(0);
        Answer inverse = example.answer(2);
        double[] bias = example.values("B");
        for (int k = 0; k < 100; k++) {
            assertEquals(bias[k], y.value(200 + k), "the third row is constant");
            assertTrue(y.accepts(200 + k, bias[k], DType.F32));
        }
        assertEquals(1 / Math.sqrt(1e-5), inverse.value(2), 1e-9);
        assertTrue(inverse.sigma(2) > 0);
    }

    /// Without epsilon 0 · ∞ is left, and whether a kernel meets it hangs on the last bit of its mean.
    @Test
    void constantRowsWithoutEpsilonAreOpen() {
        Example example = new Example(NORM)
                .input("X", DType.F32, Shape.of(2, 3), 0.1, 0.1, 0.1, 1, 2, 3)
                .input("Scale", DType.F32, Shape.of(3), 1, 1, 1)
                .attribute("epsilon", 0.0);
        Answer y = example.answer(0);
        assertTrue(y.isOpen(0) && y.isOpen(1) && y.isOpen(2));
        assertFalse(y.isOpen(3) || y.isOpen(4) || y.isOpen(5));
        assertTrue(example.answer(2).isOpen(0));
        assertFalse(example.answer(1).isOpen(0), "the mean is defined");
        assertEquals(0.1f, example.answer(1).value(0), 1e-15);
    }

    @Test
    void rowsOfOneElementAreConstant() {
        Example example = new Example(NORM)
                .input("X", DType.F32, Shape.of(3, 1), 5, -7, 0)
                .input("Scale", DType.F32, Shape.of(1), 3)
                .input("B", DType.F32, Shape.of(1), 0.5);
        for (int i = 0; i < 3; i++) {
            assertEquals(0.5, example.answer(0).value(i));
        }
    }

    @Test
    void whatIsNotFiniteSpoilsItsRowOnly() {
        double inf = Double.POSITIVE_INFINITY;
        Example example = new Example(NORM)
                .input("X", DType.F32, Shape.of(4, 3), 1, Double.NaN, 3, 1, inf, 3, 1, 2, 3, -inf, 1, 1)
                .input("Scale", DType.F32, Shape.of(3), 1, 1, 1);
        Answer y = example.answer(0);
        for (int i = 0; i < 12; i++) {
            boolean spoilt = i / 3 != 2;
            assertEquals(spoilt, Double.isNaN(y.value(i)));
            assertEquals(spoilt, y.accepts(i, Double.NaN, DType.F32));
            assertFalse(y.accepts(i, inf, DType.F32));
        }
        Answer inverse = example.answer(2);
        assertTrue(Double.isNaN(inverse.value(0)) && Double.isNaN(inverse.value(1)));
        assertEquals(1 / Math.sqrt(2 / 3.0 + 1e-5), inverse.value(2), 1e-9);
    }

    /// Dividing the sum gives an infinity, an online update of the mean NaN.
    @Test
    void theMeanOfARowWithAnInfinityIsInfiniteOrNaN() {
        double inf = Double.POSITIVE_INFINITY;
        Answer mean = new Example(NORM)
                .input("X", DType.F32, Shape.of(4, 2), 1, inf, -inf, 2, inf, -inf, Double.NaN, inf)
                .input("Scale", DType.F32, Shape.of(2), 1, 1)
                .answer(1);
        assertTrue(mean.accepts(0, inf, DType.F32));
        assertTrue(mean.accepts(0, Double.NaN, DType.F32));
        assertFalse(mean.accepts(0, 1, DType.F32));
        assertTrue(mean.accepts(1, -inf, DType.F32));
        assertTrue(mean.accepts(2, Double.NaN, DType.F32));
        assertTrue(mean.accepts(3, Double.NaN, DType.F32));
        assertFalse(mean.accepts(3, 0, DType.F32));
    }

    @Test
    void statisticsThatLeaveTheRangeLeaveTheRowOpen() {
        Answer y = new Example(NORM)
                .input("X", DType.F32, Shape.of(2, 2), 1e30, -1e30, 1e10, -1e10)
                .input("Scale", DType.F32, Shape.of(2), 1, 1)
                .answer(0);
        assertTrue(y.isOpen(0) && y.isOpen(1), "squares of 1e60 are no f32");
        assertFalse(y.isOpen(2) || y.isOpen(3));
    }

    @Test
    void stridedRowsAreReadWhereTheyLie() {
        TensorSpec transposed = TensorSpec.of(DType.F32, 6, 5).transposed(0, 1);
        TensorSpec everySecond = new TensorSpec(DType.F32, Shape.of(6), List.of(2L));
        Example example = new Example(NORM)
                .input("X", transposed)
                .input("Scale", everySecond)
                .input("B", everySecond)
                .fill("normal", 8);
        check(example, 6, 1e-5, 1e-14);
    }

    @Test
    void f64WithF32StatisticsAllowsTheErrorOfF32() {
        Example wide = example(DType.F64, true, -1, 3, 50).fill("normal", 9);
        Answer f32 = wide.answer(0);
        Answer f64 = example(DType.F64, true, -1, 3, 50)
                .attribute("stash_type", 11)
                .fill("normal", 9)
                .answer(0);
        for (int i = 0; i < f32.size(); i++) {
            assertEquals(f64.value(i), f32.value(i), 1e-13);
            assertTrue(f32.sigma(i) > 1e6 * f64.sigma(i), f32.sigma(i) + " " + f64.sigma(i));
        }
    }

    private static final List<List<Region>> SPLITS = List.of(
            List.of(Region.all(Shape.of(3, 4, 50))), regions(1, 1), regions(1, 2), regions(1, 4), regions(2, 4));

    private static List<Region> regions(long outer, long inner) {
        List<Region> regions = new ArrayList<>();
        for (long i = 0; i < 3; i += outer) {
            for (long j = 0; j < 4; j += inner) {
                regions.add(Region.of(new long[] {i, j, 0}, Math.min(outer, 3 - i), inner, 50));
            }
        }
        return regions;
    }

    @ParameterizedTest
    @ValueSource(strings = {"normal", "tiny-variance", "large-mean", "outliers", "specials"})
    void anySplitIntoWholeRowsGivesEqualBits(String fill) {
        for (DType dtype : new DType[] {DType.BF16, DType.F64}) {
            Oracle oracle = example(dtype, true, -1, 3, 4, 50).fill(fill, 10).oracle(ComputeContract.STRICT);
            Answer whole = Answer.of(oracle, 0);
            for (List<Region> split : SPLITS) {
                whole.assertEqualBits(Answer.of(oracle, 0, split), fill);
            }
        }
    }

    @Test
    void partsOfRowsAreRefused() {
        Oracle oracle =
                example(DType.F32, true, -1, 3, 4, 50).fill("normal", 10).oracle(ComputeContract.STRICT);
        for (Region part : List.of(
                Region.of(new long[] {0, 0, 0}, 1, 1, 25),
                Region.of(new long[] {0, 0, 25}, 1, 1, 25),
                Region.of(new long[] {0, 0, 0}, 3, 2, 50))) {
            assertThrows(IllegalArgumentException.class, () -> Answer.of(oracle, 0, List.of(part)));
        }
    }

    @Test
    void anyNumberOfThreadsGivesEqualBits() throws Exception {
        Oracle oracle =
                example(DType.F32, true, -1, 300, 200).fill("normal", 11).oracle(ComputeContract.STRICT);
        for (int output = 0; output < 3; output++) {
            int position = output;
            Answer whole = Answer.of(oracle, output);
            for (int threads : new int[] {1, 5}) {
                try (ForkJoinPool pool = new ForkJoinPool(threads)) {
                    whole.assertEqualBits(
                            pool.submit(() -> Answer.of(oracle, position)).get(), threads + " threads");
                }
            }
        }
    }

    @Test
    void costsOfTwoRealShapes() {
        // GPT-2: 1024 tokens of 768 in f32, weights and biases; 8 operations to an element.
        Cost gpt2 = NORM.cost(example(DType.F32, true, -1, 1024, 768).call());
        assertEquals(6_291_456, gpt2.flops());
        assertEquals(4 * (2 * 786_432 + 2 * 768), gpt2.bytes());
        // BERT-large: 8 sequences of 512 tokens of 1024 in f16, statistics kept in f32.
        Cost bert = NORM.cost(example(DType.F16, true, -1, 8, 512, 1024)
                .output("Mean")
                .output("InvStdDev")
                .call());
        assertEquals(33_554_432, bert.flops());
        assertEquals(2.0 * (2 * 4_194_304 + 2 * 1024) + 4 * 2 * 4096, bert.bytes());
    }

    @Test
    void sizesAndDataSets() {
        Example example = example(DType.F32, true, 1, 2, 3, 4);
        assertEquals("2x3x4", NORM.sizes(example.call()));
        assertEquals("normal(1,0.25)", fill(example, "Scale", "outliers"));
        assertEquals("normal(0,0.5)", fill(example, "B", "specials"));
        assertEquals("outliers", fill(example, "X", "outliers"));
        assertThrows(InvalidCallException.class, () -> fill(example, "X", "boundary-seeking"));
        assertEquals(new Fill.Along(12, 1), NORM.along(example.call(), "X"));
        assertEquals(new Fill.Along(12, 1), NORM.along(example.call(), "Scale"));
    }

    private static String fill(Example example, String input, String dataSet) {
        return NORM.fill(example.call(), input, Fills.parse(dataSet, "here")).name();
    }

    @Test
    void emptyRowsAndNoRows() {
        Example none = example(DType.F32, true, -1, 0, 4);
        assertEquals(0, none.answer(0).size());
        assertEquals(0, none.answer(1).size());
        Example empty = example(DType.F32, true, -1, 3, 0);
        assertEquals(0, empty.answer(0).size());
        Answer mean = empty.answer(1);
        for (int i = 0; i < 3; i++) {
            assertTrue(Double.isNaN(mean.value(i)) || mean.isOpen(i), "0/0");
        }
    }

    /// Shifting a row shifts its mean alone; scaling it by a power of two scales mean and deviation.
    @Test
    void lawsOfNormalisationHold() {
        for (int round = 0; round < 20; round++) {
            Example example = example(DType.F64, false, -1, 2, 40)
                    .attribute("epsilon", 0.0)
                    .attribute("stash_type", 11)
                    .fill("normal", round);
            double[] x = example.values("X");
            Example moved = new Example(NORM)
                    .input(
                            "X",
                            DType.F64,
                            Shape.of(2, 40),
                            Arrays.stream(x).map(v -> 8 * v).toArray())
                    .input("Scale", example.tensor("Scale"))
                    .attribute("epsilon", 0.0)
                    .attribute("stash_type", 11);
            for (int i = 0; i < 80; i++) {
                assertEquals(example.answer(0).value(i), moved.answer(0).value(i));
            }
            assertEquals(8 * example.answer(1).value(0), moved.answer(1).value(0));
            assertEquals(example.answer(2).value(1) / 8, moved.answer(2).value(1));
        }
    }

    private static List<String> probes(DType dtype, ComputeContract contract) {
        return new LayerNormalization()
                .probes(example(dtype, true, -1, 3, 10).call(), contract).stream()
                        .map(dev.assay.operator.Probe::fill)
                        .toList();
    }

    @Test
    void probesFollowTheContract() {
        assertEquals(
                List.of("plus-minus", "large-mean(300)", "tiny-variance", "lognormal"),
                probes(DType.F32, ComputeContract.STRICT));
        assertTrue(probes(DType.BF16, ComputeContract.STRICT).contains("large-mean(30)"));
        ComputeContract naive =
                ComputeContract.strict().variance(Variance.NAIVE).build();
        assertFalse(probes(DType.F32, naive).contains("large-mean(300)"));
    }

    @Test
    void plusMinusRowsHaveTheStatisticsThatTheyPromise() {
        Example example = example(DType.F32, true, -1, 6, 100).fill("plus-minus", 31);
        double[] x = example.values("X");
        Answer mean = example.answer(1);
        Answer inverse = example.answer(2);
        for (int row = 0; row < 6; row++) {
            assertEquals(0, mean.value(row));
            assertEquals(1 / Math.sqrt(x[row * 100] * x[row * 100] + 1e-5), inverse.value(row), 1e-12);
        }
    }

    @Test
    void aClusterIsARow() {
        Example example = example(DType.F32, true, -1, 6, 100).fill("normal", 32);
        assertEquals(100, example.oracle(ComputeContract.STRICT).cluster(0));
        assertEquals(1, example.oracle(ComputeContract.STRICT).cluster(1));
        Answer y = example.answer(0);
        assertTrue(y.systematic(0) > 0 && y.systematic(0) < 10 * y.sigma(0));
        assertEquals(0, example.answer(1).systematic(0));
    }
}
