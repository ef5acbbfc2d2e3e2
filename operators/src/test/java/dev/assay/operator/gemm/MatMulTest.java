package dev.assay.operator.gemm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.operator.Answer;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Cost;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MatMulTest {
    private static final MatMul MATMUL = new MatMul();

    private static Shape shape(String dims) {
        return Shape.of(
                dims.isEmpty()
                        ? new long[0]
                        : java.util.Arrays.stream(dims.split("x", -1))
                                .mapToLong(Long::parseLong)
                                .toArray());
    }

    private static Example example(DType dtype, String a, String b) {
        return new Example(MATMUL)
                .input("A", TensorSpec.dense(dtype, shape(a)))
                .input("B", TensorSpec.dense(dtype, shape(b)));
    }

    private static InvalidCallException refusal(CallBuilder builder) {
        return assertThrows(InvalidCallException.class, builder::build);
    }

    private static CallBuilder builder() {
        return new CallBuilder(MATMUL, "case 7");
    }

    private static void assertSays(InvalidCallException e, String what, String where, String fix) {
        assertTrue(e.what().contains(what), e.what());
        assertTrue(e.where().contains(where), e.where());
        assertTrue(e.fix().contains(fix), e.fix());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|3|A is []|at least one dimension",
                "3|''|B is []|at least one dimension",
                "2x3|2x3|A [2,3] has 3 columns, B [2,3] has 2 rows|last but one of B",
                "3|4|A [3] has 3 columns, B [4] has 4 rows|last but one of B",
                "3|2x5|A [3] has 3 columns|last but one of B",
                "2x3|4|B [4] has 4 rows|last but one of B",
                "2x4x3|5x3x6|leading dimensions of A [2,4,3] and B [5,3,6]|equal, or 1",
                "2x3x4x3|3x2x3x6|do not broadcast|equal, or 1",
                "0x4x3|2x3x6|do not broadcast|equal, or 1"
            })
    void sizesThatDoNotMatchAreRefused(String a, String b, String what, String fix) {
        InvalidCallException e = refusal(builder()
                .input("A", TensorSpec.dense(DType.F32, shape(a)))
                .input("B", TensorSpec.dense(DType.F32, shape(b))));
        assertSays(e, what, "matmul", fix);
    }

    @Test
    void whatTheSignatureDoesNotKnowIsRefused() {
        TensorSpec spec = TensorSpec.of(DType.F32, 2, 2);
        assertSays(refusal(builder().input("A", spec)), "'B' is missing", "case 7", "right operand");
        assertSays(refusal(builder().input("B", spec)), "'A' is missing", "case 7", "left operand");
        assertSays(
                refusal(builder().input("A", spec).input("B", spec).input("C", spec)),
                "no input 'C'",
                "case 7",
                "[A, B]");
        assertSays(refusal(builder().input("A", spec).input("B", spec).output("Z")), "no output 'Z'", "case 7", "[Y]");
        assertSays(
                refusal(builder().input("A", spec).input("B", spec).attribute("alpha", new Attribute.Real(2))),
                "no attribute 'alpha'",
                "case 7",
                "[]");
        assertSays(
                refusal(builder().input("A", TensorSpec.of(DType.I8, 2, 2)).input("B", spec)),
                "'A' is i8",
                "case 7",
                "[f64, f32, f16, bf16]");
        assertSays(
                refusal(builder().input("A", spec).input("B", TensorSpec.of(DType.BF16, 2, 2))),
                "'B' is bf16",
                "case 7",
                "one dtype");
    }

    @ParameterizedTest
    @CsvSource({
        "2x3,3x5,2x5",
        "3,3x5,5",
        "2x3,3,2",
        "3,3,''",
        "4x2x3,3x5,4x2x5",
        "2x3,4x3x5,4x2x5",
        "4x1x2x3,6x3x5,4x6x2x5",
        "3,4x3x5,4x5",
        "4x2x3,3,4x2",
        "2x0,0x5,2x5",
        "0x3,3x5,0x5",
        "0x2x3,1x3x5,0x2x5"
    })
    void outputsHaveNumpysShape(String a, String b, String y) {
        Example example = example(DType.F16, a, b);
        assertEquals(List.of(TensorSpec.dense(DType.F16, shape(y))), example.outputs());
        assertEquals(shape(y), example.oracle(ComputeContract.STRICT).shape(0));
    }

    /// Element by element from the definition, with coordinates and nothing shared.
    private static double naive(Tensor a, Tensor b, long[] at) {
        boolean row = a.shape().rank() == 1;
        boolean column = b.shape().rank() == 1;
        int end = at.length;
        long j = column ? 0 : at[--end];
        long i = row ? 0 : at[--end];
        long depth = a.shape().dim(-1);
        double sum = 0;
        for (long k = 0; k < depth; k++) {
            sum += element(a, at, end, row ? new long[] {k} : new long[] {i, k})
                    * element(b, at, end, column ? new long[] {k} : new long[] {k, j});
        }
        return sum;
    }

    private static double element(Tensor tensor, long[] batch, int batchRank, long[] last) {
        int rank = tensor.shape().rank();
        long number = 0;
        for (int axis = 0; axis < rank; axis++) {
            long size = tensor.shape().dim(axis);
            int fromEnd = rank - axis;
            long coordinate = fromEnd <= last.length
                    ? last[last.length - fromEnd]
                    : size == 1 ? 0 : batch[batchRank - (fromEnd - last.length)];
            number = number * size + coordinate;
        }
        return tensor.get(number);
    }

    private static void assertNaive(Example example) {
        Answer answer = example.answer(0);
        Tensor a = example.tensor("A");
        Tensor b = example.tensor("B");
        for (int i = 0; i < answer.size(); i++) {
            double want = naive(a, b, answer.shape().coordinates(i));
            assertEquals(want, answer.value(i), 1e-13 * Math.max(1, Math.abs(want)), "element " + i);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1x1,1x1",
        "2x3,3x5",
        "11x7,7x13",
        "13x31,31x17",
        "3,3x5",
        "2x3,3",
        "7,7",
        "4x2x3,3x5",
        "2x3,4x3x5",
        "4x1x2x3,6x3x5",
        "1x3x2x3,4x1x3x5",
        "3,4x3x5",
        "4x2x3,3",
        "5x6x3,3"
    })
    void productsAreTheDefinitions(String a, String b) {
        assertNaive(example(DType.F32, a, b).fill("normal", 1));
        assertNaive(example(DType.BF16, a, b).fill("normal", 2));
        assertNaive(example(DType.F64, a, b).fill("normal", 3));
    }

    @Test
    void stridedOperandsAreReadWhereTheyLie() {
        TensorSpec aT = TensorSpec.of(DType.F32, 2, 5, 4).transposed(1, 2);
        TensorSpec bT = TensorSpec.of(DType.F32, 7, 5).transposed(0, 1);
        assertNaive(new Example(MATMUL).input("A", aT).input("B", bT).fill("normal", 4));
        TensorSpec padded = new TensorSpec(DType.F16, Shape.of(3, 5), List.of(8L, 1L));
        TensorSpec repeated = new TensorSpec(DType.F16, Shape.of(6, 5, 4), List.of(0L, 4L, 1L));
        assertNaive(new Example(MATMUL).input("A", padded).input("B", repeated).fill("normal", 5));
        TensorSpec everyThird = new TensorSpec(DType.F64, Shape.of(5), List.of(3L));
        TensorSpec middle = new TensorSpec(DType.F64, Shape.of(2, 5, 4), List.of(1L, 8L, 2L));
        assertNaive(
                new Example(MATMUL).input("A", everyThird).input("B", middle).fill("normal", 6));
    }

    @Test
    void twoProductsByHand() {
        Answer answer = new Example(MATMUL)
                .input("A", DType.F32, Shape.of(2, 3), 1, 2, 3, 4, 5, 6)
                .input("B", DType.F32, Shape.of(3, 2), 7, 8, 9, 10, 11, 12)
                .answer(0);
        assertArrayEquals(new double[] {58, 64, 139, 154}, answer.values());
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void emptySumGivesZeros(DType dtype) {
        Answer answer = example(dtype, "4x0", "0x3").answer(0);
        assertArrayEquals(new double[12], answer.values());
        for (int i = 0; i < 12; i++) {
            assertTrue(answer.isExact(i), "only zero is right");
        }
        assertEquals(0, example(dtype, "5x0", "0").answer(0).value(4));
        assertEquals(0, example(dtype, "0", "0").answer(0).value(0));
    }

    @Test
    void emptyOutputsHaveNoRegionsAndMayBeAskedForAsAWhole() {
        for (String[] ab : new String[][] {{"0x3", "3x5"}, {"2x3", "3x0"}, {"0x2x3", "3x5"}}) {
            Oracle oracle = example(DType.F64, ab[0], ab[1]).oracle(ComputeContract.STRICT);
            assertFalse(oracle.regions(0).iterator().hasNext());
            assertEquals(
                    0,
                    Answer.of(oracle, 0, List.of(Region.all(oracle.shape(0)))).size());
        }
    }

    @Test
    void f64ValuesKeepWhatF64Loses() {
        Example example = example(DType.F64, "3x50", "50x4").fill("cancelling", 7);
        Answer answer = example.answer(0);
        double[] a = example.values("A");
        double[] b = example.values("B");
        boolean anyLow = false;
        for (int n = 0; n < answer.size(); n++) {
            BigDecimal sum = BigDecimal.ZERO;
            double magnitude = 0;
            for (int k = 0; k < 50; k++) {
                BigDecimal term = new BigDecimal(a[n / 4 * 50 + k]).multiply(new BigDecimal(b[k * 4 + n % 4]));
                sum = sum.add(term);
                magnitude += Math.abs(term.doubleValue());
            }
            BigDecimal got = new BigDecimal(answer.value(n)).add(new BigDecimal(answer.low(n)));
            assertEquals(0, got.subtract(sum).doubleValue(), 1e-28 * magnitude);
            anyLow |= answer.low(n) != 0;
        }
        assertTrue(anyLow);
    }

    @Test
    void integersAreExactAndOthersAreNot() {
        Answer integers =
                example(DType.BF16, "9x4096", "4096x5").fill("integers", 8).answer(0);
        Answer reals = example(DType.BF16, "9x4096", "4096x5").fill("normal", 8).answer(0);
        for (int i = 0; i < integers.size(); i++) {
            assertTrue(integers.isExact(i));
            assertTrue(reals.sigma(i) > 0 || reals.deterministic(i) > 0);
        }
    }

    @Test
    void integersThatNeedMoreBitsThanTheAccumulatorAreNotExact() {
        Example example = new Example(MATMUL)
                .input("A", DType.F16, Shape.of(1, 3), 2048, 1, 1)
                .input("B", DType.F16, Shape.of(3, 1), 1, 1, 1);
        assertTrue(example.answer(0).isExact(0), "2050 takes 12 bits of f32's 24");
        ComputeContract f16 = ComputeContract.strict().accumulator(DType.F16).build();
        assertFalse(example.answer(0, f16).isExact(0));
        assertTrue(example.answer(0, f16).accepts(0, 2048, DType.F16), "2048 + 1 rounds to 2048 twice");
    }

    @Test
    void whatIsNotFiniteReachesItsRowAndColumn() {
        double inf = Double.POSITIVE_INFINITY;
        Answer answer = new Example(MATMUL)
                .input("A", DType.F32, Shape.of(3, 2), inf, 1, Double.NaN, 1, 2, 3)
                .input("B", DType.F32, Shape.of(2, 3), 1, 0, -1, 1, 1, 1)
                .answer(0);
        assertEquals(inf, answer.value(0));
        assertTrue(Double.isNaN(answer.value(1)), "infinity times zero");
        assertEquals(-inf, answer.value(2));
        assertTrue(Double.isNaN(answer.value(3)) && Double.isNaN(answer.value(4)) && Double.isNaN(answer.value(5)));
        assertArrayEquals(new double[] {5, 3, 1}, new double[] {answer.value(6), answer.value(7), answer.value(8)});
        for (int i = 0; i < 9; i++) {
            assertFalse(answer.mayBeNotFinite(i), "nothing overflows");
        }
    }

    /// Whole numbers, so that the sum itself rounds nothing; but 2^200 is no f32.
    @Test
    void exactSumsThatOverflowOnTheWayMayBeNotFinite() {
        Answer answer = new Example(MATMUL)
                .input("A", DType.BF16, Shape.of(1, 2), 0x1p100, 0x1p100)
                .input("B", DType.BF16, Shape.of(2, 1), 0x1p100, -0x1p100)
                .answer(0);
        assertEquals(0, answer.value(0));
        assertTrue(answer.mayBeNotFinite(0));
        ComputeContract f16 = ComputeContract.strict().accumulator(DType.F16).build();
        Example narrow = new Example(MATMUL)
                .input("A", DType.F16, Shape.of(1, 2), 512, 512)
                .input("B", DType.F16, Shape.of(2, 1), 512, -512);
        assertTrue(narrow.answer(0, f16).mayBeNotFinite(0));
        assertFalse(narrow.answer(0).mayBeNotFinite(0), "f32 holds 2^18");
    }

    @Test
    void largeTermsThatCancelMayOverflowANarrowAccumulatorOnly() {
        Example example = example(DType.F16, "4x64", "64x4").fill("overflow", 9);
        ComputeContract f16 = ComputeContract.strict().accumulator(DType.F16).build();
        for (int i = 0; i < 16; i++) {
            assertFalse(example.answer(0).mayBeNotFinite(i));
            assertTrue(example.answer(0, f16).mayBeNotFinite(i));
        }
    }

    @Test
    void partialSumsMayLeaveTheRangeOfTheTypeTheyTravelIn() {
        ComputeContract f16 = ComputeContract.strict()
                .partials(ComputeContract.Stored.as(DType.F16), 2)
                .build();
        ComputeContract bf16 = ComputeContract.strict()
                .partials(ComputeContract.Stored.as(DType.BF16), 2)
                .build();
        Example example = new Example(MATMUL)
                .input("A", DType.F32, Shape.of(1, 2), 300, 300)
                .input("B", DType.F32, Shape.of(2, 1), 300, -299);
        assertTrue(example.answer(0, f16).mayBeNotFinite(0));
        assertFalse(example.answer(0, bf16).mayBeNotFinite(0));
        assertFalse(probes(DType.F16, f16, 100).contains("overflow"));
        assertTrue(probes(DType.F16, bf16, 100).contains("overflow"));
    }

    @Test
    void sumsThatAreCutOffMayGoOnFromTheLargestNumber() {
        Example example = new Example(MATMUL)
                .input("A", DType.F32, Shape.of(1, 3), 1e38, 1e38, 1)
                .input("B", DType.F32, Shape.of(3, 1), 3, -3, 1);
        ComputeContract truncates = ComputeContract.strict()
                .accumulatorRounding(ComputeContract.Rounding.TOWARD_ZERO)
                .build();
        assertTrue(example.answer(0, truncates).isOpen(0));
        assertFalse(example.answer(0).isOpen(0));
        assertTrue(example.answer(0).mayBeNotFinite(0));
    }

    /// Two terms that cancel are there in every sum: what an accumulator rounds of them it would round in all alike.
    @Test
    void anAccumulatorOfFewBitsDoesNotRoundTheLargeTerms() {
        Example example = example(DType.F16, "4x64", "64x4").fill("overflow", 9);
        double largest = 0;
        for (double value : example.values("A")) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertEquals(2 * largest, DType.BF16.round(2 * largest));
        assertEquals(Double.POSITIVE_INFINITY, DType.F16.round(2 * largest - 1000));
    }

    @Test
    void inputsAreRoundedAsTheContractSays() {
        ComputeContract tf32 =
                ComputeContract.strict().inputs(InputRounding.TF32).build();
        Example example = new Example(MATMUL)
                .input("A", DType.F32, Shape.of(1, 2), 1 + 0x1p-20, 3)
                .input("B", DType.F32, Shape.of(2, 1), 1 + 0x1p-10, 1);
        assertEquals(4 + 0x1p-10, example.answer(0, tf32).value(0));
        assertEquals(4 + 0x1p-10 + 0x1p-20 + 0x1p-30, example.answer(0).value(0));
        ComputeContract flush = ComputeContract.strict().flushesInputs(true).build();
        Example small = new Example(MATMUL)
                .input("A", DType.F16, Shape.of(1, 2), 0x1p-20, 1)
                .input("B", DType.F16, Shape.of(2, 1), 1024, 1);
        assertEquals(1, small.answer(0, flush).value(0));
        assertEquals(1 + 0x1p-10, small.answer(0).value(0));
    }

    /// Rows, columns, tiles and single elements, in one batch and across batches.
    private static List<List<Region>> splits() {
        List<Region> elements = new ArrayList<>();
        List<Region> tiles = new ArrayList<>();
        List<Region> columns = new ArrayList<>();
        for (long b = 0; b < 3; b++) {
            for (long i = 0; i < 14; i++) {
                for (long j = 0; j < 19; j++) {
                    elements.add(Region.of(new long[] {b, i, j}, 1, 1, 1));
                }
            }
            for (long j = 0; j < 19; j += 6) {
                tiles.add(Region.of(new long[] {b, 0, j}, 1, 5, Math.min(6, 19 - j)));
                tiles.add(Region.of(new long[] {b, 5, j}, 1, 9, Math.min(6, 19 - j)));
            }
        }
        for (long j = 0; j < 19; j++) {
            columns.add(Region.of(new long[] {0, 0, j}, 3, 14, 1));
        }
        return List.of(elements, tiles, columns, List.of(Region.all(Shape.of(3, 14, 19))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"normal", "integers", "cancelling", "outliers", "overflow", "large-mean", "specials"})
    void anySplitIntoRegionsGivesEqualBits(String fill) {
        for (DType dtype : new DType[] {DType.F16, DType.F64}) {
            Example example = example(dtype, "3x14x401", "401x19").fill(fill, 10);
            Oracle oracle = example.oracle(ComputeContract.STRICT);
            Answer whole = Answer.of(oracle, 0);
            for (List<Region> split : splits()) {
                whole.assertEqualBits(Answer.of(oracle, 0, split), fill + " " + dtype);
            }
        }
    }

    @Test
    void anyNumberOfThreadsGivesEqualBits() throws Exception {
        Oracle oracle =
                example(DType.F32, "3x140x401", "401x19").fill("normal", 11).oracle(ComputeContract.STRICT);
        Answer whole = Answer.of(oracle, 0);
        for (int threads : new int[] {1, 3, 7}) {
            try (ForkJoinPool pool = new ForkJoinPool(threads)) {
                whole.assertEqualBits(pool.submit(() -> Answer.of(oracle, 0)).get(), threads + " threads");
            }
        }
    }

    @Test
    void regionsCoverLargeOutputsOnce() {
        for (String[] ab : new String[][] {{"1100x1", "1x1030"}, {"2x1x1", "1x1100000"}, {"3", "3x1500000"}}) {
            Oracle oracle = example(DType.BF16, ab[0], ab[1]).oracle(ComputeContract.STRICT);
            BitSet seen = new BitSet();
            for (Region region : oracle.regions(0)) {
                assertTrue(region.elements() <= ExpectedBlock.USUAL_CAPACITY);
                long columns = region.size().dim(-1);
                for (long row = 0; row < region.elements() / columns; row++) {
                    int from = Math.toIntExact(region.number(oracle.shape(0), row * columns));
                    int to = from + Math.toIntExact(columns);
                    assertTrue(seen.nextSetBit(from) < 0 || seen.nextSetBit(from) >= to, "nothing twice");
                    seen.set(from, to);
                }
            }
            assertEquals(oracle.shape(0).elements(), seen.cardinality());
        }
    }

    private interface Accumulate {
        double of(double sum, double product);
    }

    /// A device: sums one after another, the result rounded once.
    private static double[] device(Example example, int m, int n, int k, DType output, Accumulate accumulate) {
        double[] a = example.values("A");
        double[] b = example.values("B");
        double[] y = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int d = 0; d < k; d++) {
                    sum = accumulate.of(sum, a[i * k + d] * b[d * n + j]);
                }
                y[i * n + j] = output.round(sum);
            }
        }
        return y;
    }

    /// Rms of error over its allowed standard deviation, output rounding included; fails if one exceeds its bound.
    private static double rms(Answer answer, double[] got, DType output) {
        double sum = 0;
        int counted = 0;
        for (int i = 0; i < got.length; i++) {
            assertTrue(
                    answer.accepts(i, got[i], output),
                    "element " + i + ": " + got[i] + " for " + answer.value(i) + ", bound " + answer.bound(i, output));
            double ulp = output.ulp(answer.value(i));
            double variance = answer.sigma(i) * answer.sigma(i) + ulp * ulp / 12;
            if (answer.sigma(i) > 0) {
                sum += Math.pow(got[i] - answer.value(i), 2) / variance;
                counted++;
            }
        }
        return counted == 0 ? 0 : Math.sqrt(sum / counted);
    }

    @ParameterizedTest
    @CsvSource({
        "F32,normal", "F32,uniform", "F32,'uniform(0,1)'", "F32,cancelling", "F32,outliers", "F32,lognormal",
        "F32,large-mean", "F32,integers", "BF16,normal", "BF16,outliers", "BF16,lognormal", "F16,normal",
        "F16,cancelling", "BF16,integers"
    })
    void f32SumsStayWithinSigmaAndFillIt(DType dtype, String fill) {
        int m = 24;
        int n = 20;
        int k = 1000;
        Example example = example(dtype, m + "x" + k, k + "x" + n).fill(fill, 12);
        Answer answer = example.answer(0);
        double rms =
                rms(answer, device(example, m, n, k, dtype, (sum, product) -> (float) (sum + (float) product)), dtype);
        boolean exact = fill.equals("integers");
        assertTrue(exact ? rms == 0 : rms > 0.3 && rms < 1.6, fill + ": rms " + rms);
        double fused = rms(answer, device(example, m, n, k, dtype, (sum, product) -> (float) (sum + product)), dtype);
        assertTrue(exact ? fused == 0 : fused > 0.3 && fused < 1.6, fill + ": rms of fused sums " + fused);
    }

    @Test
    void declaredNarrowSumsStayWithinSigma() {
        int m = 20;
        int n = 20;
        int k = 64;
        Example example = example(DType.BF16, m + "x" + k, k + "x" + n).fill("normal", 13);
        double[] got = device(example, m, n, k, DType.BF16, (sum, product) -> DType.BF16.round(sum + product));
        ComputeContract declared =
                ComputeContract.strict().accumulator(DType.BF16).build();
        double rms = rms(example.answer(0, declared), got, DType.BF16);
        assertTrue(rms > 0.3 && rms < 1.6, "rms " + rms);
        Answer strict = example.answer(0);
        int refused = 0;
        for (int i = 0; i < got.length; i++) {
            refused += strict.accepts(i, got[i], DType.BF16) ? 0 : 1;
        }
        assertTrue(refused > got.length / 2, "undeclared it is caught: " + refused);
    }

    @Test
    void wrongResultsAreOutOfBounds() {
        int m = 8;
        int n = 6;
        int k = 500;
        Example example = example(DType.F32, m + "x" + k, k + "x" + n).fill("normal", 14);
        Answer answer = example.answer(0);
        double[] a = example.values("A");
        double[] b = example.values("B");
        for (int i = 0; i < answer.size(); i++) {
            double right = DType.F32.round(answer.value(i));
            double last = a[i / n * k + k - 1] * b[(k - 1) * n + i % n];
            assertTrue(answer.accepts(i, right, DType.F32));
            assertFalse(answer.accepts(i, DType.F32.round(answer.value(i) - last), DType.F32), "last term dropped");
            assertFalse(answer.accepts(i, 0, DType.F32), "zero");
            assertFalse(answer.accepts(i, Double.NaN, DType.F32));
            assertFalse(answer.accepts(i, Double.POSITIVE_INFINITY, DType.F32));
            assertFalse(answer.accepts(i, DType.BF16.round(right * 1.01), DType.F32));
        }
    }

    /// Tiny and huge f64 numbers, whose squares are no f64.
    @ParameterizedTest
    @ValueSource(doubles = {1e-100, 1e-60, 1, 1e60, 1e100})
    void sigmaFollowsTheScaleOfF64Operands(double scale) {
        Example unit = example(DType.F64, "4x100", "100x3").fill("normal", 15);
        double[] a = unit.values("A");
        double[] b = unit.values("B");
        double[] scaled = java.util.Arrays.stream(a).map(x -> x * scale).toArray();
        double[] scaledToo = java.util.Arrays.stream(b).map(x -> x * scale).toArray();
        Answer answer = new Example(MATMUL)
                .input("A", DType.F64, Shape.of(4, 100), scaled)
                .input("B", DType.F64, Shape.of(100, 3), scaledToo)
                .answer(0);
        Answer reference = unit.answer(0);
        for (int i = 0; i < answer.size(); i++) {
            double ratio = answer.bound(i, DType.F64) / scale / scale / reference.bound(i, DType.F64);
            assertEquals(1, ratio, 0.3, "element " + i);
        }
    }

    /// The largest term of a row and column is so much larger than those of this element that their squares vanish
    /// beside it: the bound must still be that of the element's own terms.
    @Test
    void aHugeNumberElsewhereInTheRowNeitherAccusesNorExcuses() {
        double[] a = new double[50];
        double[] b = new double[50];
        java.util.Arrays.setAll(a, k -> Math.sin(k));
        java.util.Arrays.setAll(b, k -> Math.cos(3.0 * k));
        a[0] = Double.MAX_VALUE;
        b[0] = 0;
        b[1] = 1e-300;
        Answer answer = new Example(MATMUL)
                .input("A", DType.F64, Shape.of(1, 50), a)
                .input("B", DType.F64, Shape.of(50, 1), b)
                .answer(0);
        double right = answer.value(0);
        assertTrue(Math.abs(right) < 100, "the huge term counts nothing");
        assertTrue(answer.accepts(0, right + 4 * Math.ulp(right), DType.F64), "an error that any order may have");
        assertFalse(answer.accepts(0, right * (1 + 1e-10), DType.F64));
        assertFalse(answer.accepts(0, 0, DType.F64));
        assertFalse(answer.accepts(0, Double.NaN, DType.F64));
    }

    private static Call call(String a, String b) {
        return builder()
                .input("A", TensorSpec.dense(DType.BF16, shape(a)))
                .input("B", TensorSpec.dense(DType.BF16, shape(b)))
                .build();
    }

    @Test
    void costsOfTwoRealShapes() {
        // Llama-3-8B, output projection of one token: 2 · 4096²; bf16 weights and two vectors.
        Cost decode = MATMUL.cost(call("1x4096", "4096x4096"));
        assertEquals(33_554_432, decode.flops());
        assertEquals(2 * (4096 + 16_777_216 + 4096), decode.bytes());
        // The same model's down projection of 128 tokens: 2 · 128 · 14336 · 4096.
        Cost prefill = MATMUL.cost(call("128x14336", "14336x4096"));
        assertEquals(15_032_385_536.0, prefill.flops());
        assertEquals(2.0 * (1_835_008 + 58_720_256 + 524_288), prefill.bytes());
        Cost batched = MATMUL.cost(example(DType.F32, "2x1x3x4", "5x4x6").call());
        assertEquals(2 * 10 * 3 * 6 * 4, batched.flops());
        assertEquals(4 * (24 + 120 + 180), batched.bytes());
    }

    @Test
    void sizesReadAsInACaseId() {
        assertEquals("m2.n5.k3", MATMUL.sizes(example(DType.F32, "2x3", "3x5").call()));
        assertEquals("3.3x5", MATMUL.sizes(example(DType.F32, "3", "3x5").call()));
        assertEquals(
                "4x2x3.3x5", MATMUL.sizes(example(DType.F32, "4x2x3", "3x5").call()));
        TensorSpec bT = TensorSpec.of(DType.F32, 5, 3).transposed(0, 1);
        assertEquals(
                "m2.n5.k3.b-1x3",
                MATMUL.sizes(new Example(MATMUL)
                        .input("A", TensorSpec.of(DType.F32, 2, 3))
                        .input("B", bT)
                        .call()));
    }

    @Test
    void dataSetsGiveOperandsTheirRoles() {
        Example example = example(DType.F32, "2x3", "3x5");
        assertEquals("repeating", fill(example, "B", "cancelling"));
        assertEquals("cancelling", fill(example, "A", "cancelling"));
        assertEquals("overflow-partner", fill(example, "B", "overflow"));
        assertEquals("normal(0,0.02)", fill(example, "B", "outliers"));
        assertEquals("lognormal", fill(example, "B", "lognormal"));
        assertThrows(InvalidCallException.class, () -> fill(example, "A", "peaky"));
        assertEquals(new Fill.Along(3, 1), MATMUL.along(example.call(), "A"));
        assertEquals(new Fill.Along(3, 5), MATMUL.along(example.call(), "B"));
        assertEquals(
                new Fill.Along(3, 1),
                MATMUL.along(example(DType.F32, "2x3", "3").call(), "B"));
    }

    private static String fill(Example example, String input, String dataSet) {
        return MATMUL.fill(example.call(), input, Fills.parse(dataSet, "here")).name();
    }

    /// (A B)ᵀ = Bᵀ Aᵀ, scaling by a power of two, and rows taken from a larger product.
    @Test
    void lawsOfTheProductHoldBitForBit() {
        SplittableRandom random = new SplittableRandom(16);
        try (Arena arena = Arena.ofShared()) {
            for (int round = 0; round < 30; round++) {
                int m = random.nextInt(1, 20);
                int n = random.nextInt(1, 20);
                int k = random.nextInt(1, 60);
                Example example = example(DType.F32, m + "x" + k, k + "x" + n).fill("normal", round);
                Answer y = example.answer(0);
                Tensor a = example.tensor("A");
                Tensor b = example.tensor("B");
                Tensor aT = Tensor.of(a.spec().transposed(0, 1), a.memory());
                Tensor bT = Tensor.of(b.spec().transposed(0, 1), b.memory());
                Answer transposed =
                        new Example(MATMUL).input("A", bT).input("B", aT).answer(0);
                Tensor doubled = Tensor.allocate(a.spec(), arena);
                for (int i = 0; i < m * k; i++) {
                    doubled.set(i, 4 * a.get(i));
                }
                Answer four =
                        new Example(MATMUL).input("A", doubled).input("B", b).answer(0);
                for (int i = 0; i < m; i++) {
                    for (int j = 0; j < n; j++) {
                        assertEquals(y.value(i * n + j), transposed.value(j * m + i));
                        assertEquals(y.sigma(i * n + j), transposed.sigma(j * m + i), 1e-6 * y.sigma(i * n + j));
                        assertEquals(4 * y.value(i * n + j), four.value(i * n + j));
                    }
                }
            }
        }
    }

    private static Example filled(DType dtype, int m, int k, int n, java.util.function.DoubleSupplier values) {
        double[] a = new double[m * k];
        double[] b = new double[k * n];
        java.util.Arrays.setAll(a, x -> values.getAsDouble());
        java.util.Arrays.setAll(b, x -> values.getAsDouble());
        return new Example(MATMUL).input("A", dtype, Shape.of(m, k), a).input("B", dtype, Shape.of(k, n), b);
    }

    /// One after another, in lanes, in blocks, fused and not.
    private static List<double[]> legitimate(Example example, int m, int k, int n, DType sums, DType output) {
        double[] a = example.values("A");
        double[] b = example.values("B");
        List<double[]> results = new ArrayList<>();
        for (int lanes : new int[] {1, 8, 64}) {
            for (int block : new int[] {k, 128}) {
                double[] y = new double[m * n];
                for (int at = 0; at < m * n; at++) {
                    double[] lane = new double[lanes];
                    double total = 0;
                    for (int d = 0; d < k; d++) {
                        double term = a[at / n * k + d] * b[d * n + at % n];
                        lane[d % lanes] = sums.round(lane[d % lanes] + (block == k ? sums.round(term) : term));
                        if (d % block == block - 1 || d == k - 1) {
                            for (int l = 0; l < lanes; l++) {
                                total = sums.round(total + lane[l]);
                                lane[l] = 0;
                            }
                        }
                    }
                    y[at] = output.round(total);
                }
                results.add(y);
            }
        }
        return results;
    }

    @ParameterizedTest
    @CsvSource({
        "F32,F32,8192,constant", "F32,F32,4096,positive", "BF16,F32,8192,constant", "BF16,BF16,1024,positive",
        "F16,F16,4096,positive", "BF16,BF16,512,constant", "BF16,BF16,600,normal", "F32,F32,8192,few"
    })
    void legitimateSumsOfDependentTermsAreSpared(DType dtype, DType sums, int k, String data) {
        SplittableRandom random = new SplittableRandom(21);
        int m = 5;
        int n = 4;
        Example example = filled(dtype, m, k, n, () -> switch (data) {
            case "constant" -> 0.1;
            case "positive" -> random.nextDouble();
            case "few" -> random.nextBoolean() ? 0.1 : 0.3;
            default -> random.nextGaussian();
        });
        Answer answer =
                example.answer(0, ComputeContract.strict().accumulator(sums).build());
        double worst = 0;
        for (double[] got : legitimate(example, m, k, n, sums, dtype)) {
            for (int i = 0; i < got.length; i++) {
                assertTrue(answer.accepts(i, got[i], dtype), data + " element " + i + ": " + got[i]);
                worst = Math.max(worst, Math.abs(got[i] - answer.value(i)) / answer.bound(i, dtype));
            }
        }
        assertTrue(worst < 0.75, data + ": " + worst);
        boolean guarded = (answer.flag(0) & ExpectedBlock.GUARDED) != 0;
        assertEquals(!data.equals("positive") || sums != DType.F32, guarded || data.equals("normal"));
    }

    @Test
    void aDroppedTermShowsAmongEqualOnes() {
        int k = 8192;
        Example example = filled(DType.F32, 2, k, 2, () -> 0.1f);
        Answer answer = example.answer(0);
        for (int i = 0; i < 4; i++) {
            double term = (double) 0.1f * 0.1f;
            assertFalse(answer.accepts(i, DType.F32.round(answer.value(i) - 16 * term), DType.F32), "a tail of 16");
            assertFalse(answer.accepts(i, DType.BF16.round(answer.value(i)) * 1.001, DType.F32));
            assertFalse(answer.accepts(i, 0, DType.F32));
        }
    }

    /// One row of equal numbers among others, too rare to be sampled.
    @Test
    void aRowOfItsOwnKindIsLookedAtAlone() {
        int m = 200;
        int k = 8192;
        SplittableRandom random = new SplittableRandom(5);
        double[] a = new double[m * k];
        java.util.Arrays.setAll(a, at -> at / k == 123 ? 0.1f : random.nextGaussian());
        double[] b = new double[k];
        java.util.Arrays.fill(b, 0.1f);
        Example example =
                new Example(MATMUL).input("A", DType.F32, Shape.of(m, k), a).input("B", DType.F32, Shape.of(k, 1), b);
        Answer answer = example.answer(0);
        assertTrue((answer.flag(123) & ExpectedBlock.GUARDED) != 0);
        assertEquals(0, answer.flag(122));
        for (double[] got : legitimate(example, m, k, 1, DType.F32, DType.F32)) {
            assertTrue(answer.accepts(123, got[123], DType.F32));
            assertTrue(answer.accepts(122, got[122], DType.F32));
        }
    }

    @Test
    void guardedBoundsAreTheSameInEveryRegion() {
        SplittableRandom random = new SplittableRandom(6);
        double[] a = new double[3 * 14 * 401];
        double[] b = new double[401 * 19];
        java.util.Arrays.setAll(a, at -> at / 401 % 5 == 0 ? 0.1 : random.nextDouble());
        java.util.Arrays.setAll(b, at -> at % 19 < 4 ? 0.3 : random.nextDouble());
        Example example = new Example(MATMUL)
                .input("A", DType.BF16, Shape.of(3, 14, 401), a)
                .input("B", DType.BF16, Shape.of(401, 19), b);
        Oracle oracle =
                example.oracle(ComputeContract.strict().accumulator(DType.BF16).build());
        Answer whole = Answer.of(oracle, 0);
        assertTrue((whole.flag(0) & ExpectedBlock.GUARDED) != 0);
        for (List<Region> split : splits()) {
            Oracle again = example.oracle(
                    ComputeContract.strict().accumulator(DType.BF16).build());
            whole.assertEqualBits(Answer.of(again, 0, split), "guarded");
        }
    }

    /// A sum of two products rounds once, so that a tie tells how: in f32 sums, and where a result is stored in 16
    /// bits.
    @Test
    void sumsOfTwoProductsAreRoundedOnce() {
        Example tie = new Example(MATMUL)
                .input("A", DType.F32, Shape.of(1, 5), 0, 1, 0, 1, 0)
                .input(
                        "B",
                        DType.F32,
                        Shape.of(5, 3),
                        9,
                        9,
                        9,
                        0x1p24 - 7,
                        0x1p23 + 1,
                        0x1p23 + 2,
                        9,
                        9,
                        9,
                        0.5,
                        0.5,
                        0.5,
                        9,
                        9,
                        9);
        Answer answer = tie.answer(0);
        double[] right = {0x1p24 - 6, 0x1p23 + 2, 0x1p23 + 2};
        for (int i = 0; i < 3; i++) {
            assertTrue(answer.isExact(i), "element " + i);
            assertEquals(right[i], answer.value(i));
        }
        ComputeContract truncating = ComputeContract.strict()
                .accumulatorRounding(ComputeContract.Rounding.TOWARD_ZERO)
                .build();
        assertFalse(tie.answer(0, truncating).isExact(0));
        ComputeContract partial = ComputeContract.strict()
                .partials(ComputeContract.Stored.as(DType.BF16), 4)
                .build();
        assertFalse(tie.answer(0, partial).isExact(0));
        ComputeContract aligned = ComputeContract.strict()
                .accumulator(new ComputeContract.Accumulator.Aligned(24, 8))
                .build();
        assertFalse(tie.answer(0, aligned).isExact(0));
        ComputeContract narrow =
                ComputeContract.strict().accumulator(DType.BF16).build();
        assertFalse(tie.answer(0, narrow).isExact(0), "a wider accumulator would do better");
    }

    @Test
    void threeProductsMayRoundTwice() {
        Answer answer = new Example(MATMUL)
                .input("A", DType.F32, Shape.of(1, 3), 1, 1, 1)
                .input("B", DType.F32, Shape.of(3, 1), 0x1p24 - 1, 0.5, 0.25)
                .answer(0);
        assertFalse(answer.isExact(0));
    }

    @Test
    void productsThatTheAccumulatorCannotHoldAreNotExact() {
        Answer answer = new Example(MATMUL)
                .input("A", DType.F32, Shape.of(1, 2), 1 + 0x1p-20, 1)
                .input("B", DType.F32, Shape.of(2, 1), 1 + 0x1p-20, 0x1p-30)
                .answer(0);
        assertFalse(answer.isExact(0), "fused or not, the results differ");
    }

    /// A kernel that sums in f64 is right too, so that a value between the two roundings is left to the bound.
    @Test
    void valuesThatAWiderAccumulatorWouldRoundOtherwiseAreNotExact() {
        // 259 lies between two bf16, and 2^-20 less is nearer to the lower one; f32 cannot tell.
        Answer answer = new Example(MATMUL)
                .input("A", DType.BF16, Shape.of(1, 2), 7, 1)
                .input("B", DType.BF16, Shape.of(2, 1), 37, -0x1p-20)
                .answer(0);
        assertFalse(answer.isExact(0));
        assertTrue(answer.accepts(0, 260, DType.BF16) && answer.accepts(0, 258, DType.BF16));
        Answer more = new Example(MATMUL)
                .input("A", DType.BF16, Shape.of(1, 2), 7, 1)
                .input("B", DType.BF16, Shape.of(2, 1), 37, 0x1p-20)
                .answer(0);
        assertTrue(more.isExact(0) && more.accepts(0, 260, DType.BF16) && !more.accepts(0, 258, DType.BF16));
    }

    private static List<String> probes(DType dtype, ComputeContract contract, long depth) {
        return MATMUL.probes(example(dtype, "3x" + depth, depth + "x4").call(), contract).stream()
                .map(dev.assay.operator.Probe::fill)
                .toList();
    }

    @Test
    void probesFollowTheContract() {
        List<String> f32 = probes(DType.F32, ComputeContract.STRICT, 100);
        assertTrue(f32.containsAll(List.of(
                "integers(-2,2)",
                "one-hot",
                "full-mantissa",
                "accumulator(24)",
                "ties",
                "partials(24)",
                "subnormals")));
        assertTrue(probes(DType.F16, ComputeContract.STRICT, 100).contains("overflow"));
        ComputeContract aligned = ComputeContract.strict()
                .accumulator(new ComputeContract.Accumulator.Aligned(14, 8))
                .build();
        assertFalse(probes(DType.BF16, aligned, 100).contains("ties"));
        assertTrue(probes(DType.BF16, aligned, 100).contains("accumulator(14)"));
        ComputeContract flushes = ComputeContract.strict().flushesOutputs(true).build();
        assertFalse(probes(DType.F32, flushes, 100).contains("subnormals"));
        assertEquals(List.of(), probes(DType.F32, ComputeContract.STRICT, 0));
        assertFalse(probes(DType.F32, ComputeContract.STRICT, 1).contains("ties"));
    }

    /// Each probe has one right answer, which every legitimate kernel gives, in each dtype and order.
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void legitimateKernelsGiveTheOneRightAnswerToProbes(DType dtype) {
        int m = 9;
        int n = 8;
        for (int k : new int[] {2, 3, 150, 1000}) {
            for (String fill : probes(dtype, ComputeContract.STRICT, k)) {
                if (fill.equals("overflow")) {
                    continue;
                }
                Example example = example(dtype, m + "x" + k, k + "x" + n).fill(fill, 3);
                Answer answer = example.answer(0);
                List<double[]> kernels = legitimate(example, m, k, n, DType.F32, dtype);
                kernels.addAll(legitimate(example, m, k, n, DType.F64, dtype));
                for (double[] got : kernels) {
                    for (int i = 0; i < got.length; i++) {
                        assertTrue(answer.isExact(i), fill + " k " + k);
                        assertTrue(answer.accepts(i, got[i], dtype), fill + " k " + k + " element " + i);
                    }
                }
            }
        }
    }

    private static double towardZero(double value) {
        float rounded = (float) value;
        return Math.abs(rounded) > Math.abs(value) ? Math.copySign(Math.nextDown(Math.abs(rounded)), rounded) : rounded;
    }

    private static double bits(double value, int precision) {
        double unit = value == 0 ? 1 : Math.scalb(1.0, Math.getExponent(value) - precision + 1);
        return Math.rint(value / unit) * unit;
    }

    private static int refused(Example example, int m, int n, int k, DType dtype, Accumulate sums) {
        double[] got = device(example, m, n, k, dtype, sums);
        Answer answer = example.answer(0);
        int refused = 0;
        for (int i = 0; i < got.length; i++) {
            refused += answer.accepts(i, got[i], dtype) ? 0 : 1;
        }
        return refused;
    }

    @Test
    void eachProbeShowsWhatItIsFor() {
        int m = 9;
        int n = 8;
        int k = 150;
        Example ties = example(DType.F32, "9x150", "150x8").fill("ties", 4);
        assertTrue(refused(ties, m, n, k, DType.F32, (sum, term) -> towardZero(sum + term)) > 20, "cut-off sums");
        assertEquals(0, refused(ties, m, n, k, DType.F32, (sum, term) -> (float) (sum + term)));
        Example accumulator = example(DType.BF16, "9x150", "150x8").fill("accumulator", 4);
        assertTrue(refused(accumulator, m, n, k, DType.BF16, (sum, term) -> DType.F16.round(sum + term)) > 20);
        assertTrue(refused(accumulator, m, n, k, DType.BF16, (sum, term) -> DType.BF16.round(sum + term)) > 60);
        // Two bits too few, in long and short sums, whatever the output rounds off.
        for (DType dtype : List.of(DType.F32, DType.F16, DType.BF16)) {
            for (int depth : new int[] {8, 15, 150}) {
                Example partials = example(dtype, "9x" + depth, depth + "x8").fill("partials", 4);
                Accumulate narrow = (sum, term) -> bits(sum + term, 22);
                assertTrue(refused(partials, m, n, depth, dtype, narrow) > 20, dtype + " " + depth);
                assertEquals(0, refused(partials, m, n, depth, dtype, (sum, term) -> (float) (sum + term)));
            }
        }
        for (String fill : List.of("one-hot", "full-mantissa")) {
            Example example = example(DType.F32, "9x150", "150x8").fill(fill, 4);
            String rounded = fill.equals("one-hot") ? "B" : "A";
            Tensor tensor = example.tensor(rounded);
            Answer answer = example.answer(0);
            double[] right = answer.values();
            for (long i = 0; i < tensor.shape().elements(); i++) {
                tensor.set(i, dev.assay.numerics.InputRoundings.round(InputRounding.TF32, tensor.get(i)));
            }
            double[] tf32 = example.answer(0).values();
            int caught = 0;
            for (int i = 0; i < right.length; i++) {
                caught += answer.accepts(i, tf32[i], DType.F32) ? 0 : 1;
            }
            assertTrue(caught > (fill.equals("one-hot") ? 60 : 0), fill + ": " + caught);
        }
        Example subnormals = example(DType.F32, "9x150", "150x8").fill("subnormals", 4);
        Accumulate flushing = (sum, term) -> Math.abs(sum + term) < 0x1p-126 ? 0 : (float) (sum + term);
        assertTrue(refused(subnormals, m, n, k, DType.F32, flushing) > 20, "flushed");
    }
}
