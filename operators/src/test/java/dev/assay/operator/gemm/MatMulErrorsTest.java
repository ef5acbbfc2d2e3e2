package dev.assay.operator.gemm;

import static dev.assay.operator.gemm.MatMulExamples.MATMUL;
import static dev.assay.operator.gemm.MatMulExamples.device;
import static dev.assay.operator.gemm.MatMulExamples.example;
import static dev.assay.operator.gemm.MatMulExamples.filled;
import static dev.assay.operator.gemm.MatMulExamples.legitimate;
import static dev.assay.operator.gemm.MatMulExamples.rms;
import static dev.assay.operator.gemm.MatMulExamples.splits;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.math.BigDecimal;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What products may be off, what is exact, and what is too far.
class MatMulErrorsTest {
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
}
