package dev.assay.operator.gemm;

import static dev.assay.operator.gemm.MatMulExamples.MATMUL;
import static dev.assay.operator.gemm.MatMulExamples.example;
import static dev.assay.operator.gemm.MatMulExamples.shape;
import static dev.assay.operator.gemm.MatMulExamples.splits;
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
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Values of products against the definition, and their laws.
class MatMulTest {
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
}
