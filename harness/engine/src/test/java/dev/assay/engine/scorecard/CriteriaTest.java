package dev.assay.engine.scorecard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.engine.scorecard.Comparand.Kind;
import dev.assay.results.Ruling;
import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Each criterion on values computed by hand: wrong ones first, then at and below the limit.
class CriteriaTest {
    private static final double NAN = Double.NaN;
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    private static Criterion named(String id) {
        return Criteria.ALL.stream()
                .filter(criterion -> criterion.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static double[] of(double... values) {
        return values;
    }

    /// `count` times the same value, with other ones at the start.
    private static double[] many(int count, double value, double... first) {
        double[] values = new double[count];
        Arrays.fill(values, value);
        System.arraycopy(first, 0, values, 0, first.length);
        return values;
    }

    private static Comparand pair(DType dtype, double[] actual, double[] reference) {
        return Comparand.of(Kind.PRODUCT, dtype, actual, reference);
    }

    private static void fails(String id, Comparand comparand) {
        Outcome outcome = named(id).judge(comparand);
        assertEquals(Ruling.FAIL, outcome.ruling(), () -> id + ": " + outcome);
    }

    private static void passes(String id, Comparand comparand) {
        Outcome outcome = named(id).judge(comparand);
        assertEquals(Ruling.PASS, outcome.ruling(), () -> id + ": " + outcome);
    }

    private static void silent(String id, Comparand comparand) {
        Outcome outcome = named(id).judge(comparand);
        assertEquals(Ruling.NOT_APPLICABLE, outcome.ruling(), () -> id + ": " + outcome);
        assertFalse(outcome.remark().isBlank(), id);
        assertTrue(outcome.measure().isEmpty(), id);
    }

    @Test
    void everyCriterionHasAnIdOfItsOwnAndASource() {
        Set<String> ids = new HashSet<>();
        for (Criterion criterion : Criteria.ALL) {
            assertTrue(criterion.id().matches("[a-z0-9]+(-[a-z0-9]+)*"), criterion.id());
            assertTrue(ids.add(criterion.id()), criterion.id());
            assertFalse(criterion.source().isBlank(), criterion.id());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void anEmptyOutputSaysNothing(DType dtype) {
        for (Criterion criterion : Criteria.ALL) {
            silent(criterion.id(), pair(dtype, of(), of()).withBenchmark().withDotProduct(4));
        }
    }

    /// What everybody must agree on: the right values, and values that have nothing to do with them.
    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void rightValuesPassEverywhereAndNonsenseNowhere(DType dtype) {
        double[] right = many(2000, 1, 2, -3, 4);
        double[] wrong = many(2000, -7, 1, 1, 1);
        for (Kind kind : Kind.values()) {
            Comparand same =
                    Comparand.of(kind, dtype, right, right).withBenchmark(right).withDotProduct(4, right);
            Comparand other =
                    Comparand.of(kind, dtype, wrong, right).withBenchmark(right).withDotProduct(4, right);
            for (Criterion criterion : Criteria.ALL) {
                assertNotEquals(Ruling.FAIL, criterion.judge(same).ruling(), criterion.id());
                assertNotEquals(Ruling.PASS, criterion.judge(other).ruling(), criterion.id());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "torch-assert-close, F32, 1.3e-6, 1e-5",
        "torch-assert-close, F64, 1e-7, 1e-7",
        "onnx-backend-test, F32, 1e-3, 1e-7",
        "onnx-backend-test, F64, 1e-3, 1e-7",
        "jax-test-util, F32, 1e-6, 1e-6",
        "kernelbench, F32, 1e-4, 1e-4",
        "triton, F32, 0, 1e-2",
        "triton, F64, 0, 1e-2"
    })
    void closenessEndsAtItsTolerance(String id, DType dtype, double rtol, double atol) {
        double allowed = atol + rtol * 4;
        fails(id, pair(dtype, of(4 + 1.001 * allowed, 1), of(4, 1)));
        fails(id, pair(dtype, of(1, 4 - 1.001 * allowed), of(1, 4)));
        passes(id, pair(dtype, of(4 + 0.999 * allowed, 1), of(4, 1)));
        fails(id, pair(dtype, of(1.001 * atol), of(0)));
        passes(id, pair(dtype, of(0.999 * atol), of(0)));
    }

    @Test
    void sixteenBitsHaveTolerancesOfTheirOwn() {
        // 1 ulp at 1 is 2^-10 in f16 and 2^-7 in bf16.
        fails("torch-assert-close", pair(DType.F16, of(1 + 0x1p-9), of(1)));
        passes("torch-assert-close", pair(DType.F16, of(1 + 0x1p-10), of(1)));
        fails("torch-assert-close", pair(DType.BF16, of(1 + 3 * 0x1p-7), of(1)));
        passes("torch-assert-close", pair(DType.BF16, of(1 + 2 * 0x1p-7), of(1)));
        fails("onnx-backend-test", pair(DType.BF16, of(1 + 0x1p-7), of(1)));
        fails("jax-test-util", pair(DType.F16, of(1 + 3 * 0x1p-10), of(1)));
        passes("jax-test-util", pair(DType.BF16, of(1 + 2 * 0x1p-7), of(1)));
        fails("kernelbench", pair(DType.BF16, of(1 + 3 * 0x1p-7), of(1)));
        passes("kernelbench", pair(DType.F16, of(1 + 20 * 0x1p-10), of(1)));
        silent("kernelbench", pair(DType.F64, of(1), of(1)));
    }

    /// 1 + 2^-9 is a tie between two numbers of bf16; what is compared with is the even one.
    @Test
    void theReferenceIsRoundedWhereTensorsOfOneTypeAreCompared() {
        assertEquals(
                0,
                AllClose.JAX
                        .judge(pair(DType.BF16, of(1), of(1 + 0x1p-9)))
                        .measure()
                        .orElseThrow());
    }

    @Test
    void nanIsCloseToNanForSome() {
        Comparand both = pair(DType.F32, of(NAN, 1), of(NAN, 1));
        fails("torch-assert-close", both);
        fails("kernelbench", both);
        passes("onnx-backend-test", both);
        passes("jax-test-util", both);
        passes("triton", both);
        for (String id : new String[] {"torch-assert-close", "onnx-backend-test", "jax-test-util", "triton"}) {
            fails(id, pair(DType.F32, of(NAN, 1), of(1, 1)));
            fails(id, pair(DType.F32, of(1, 1), of(NAN, 1)));
            fails(id, pair(DType.F32, of(INFINITY, 1), of(-INFINITY, 1)));
            fails(id, pair(DType.F32, of(1, 1), of(INFINITY, 1)));
            passes(id, pair(DType.F32, of(-INFINITY, 1), of(-INFINITY, 1)));
        }
    }

    @Test
    void diopiLetsAThousandthBeAnything() {
        fails("diopi", pair(DType.F32, many(1000, 1, 9, NAN), many(1000, 1)));
        passes("diopi", pair(DType.F32, many(1000, 1, NAN), many(1000, 1)));
        fails("diopi", pair(DType.F32, of(1 + 3e-5), of(1)));
        passes("diopi", pair(DType.F32, of(1 + 1.9e-5), of(1)));
        passes("diopi", pair(DType.F16, of(0.0099), of(0)));
        fails("diopi", pair(DType.F16, of(0.0101), of(0)));
        silent("diopi", pair(DType.BF16, of(1), of(1)));
    }

    @Test
    void flashAttentionAllowsTwiceTheErrorOfTheOther() {
        // In f32, 0.5 + 0.3 - 0.3 is 0.5 up to an ulp of 0.8: at most 6e-8.
        Comparand other = pair(DType.F32, of(0.5 + 2.01e-3), of(0.5)).withBenchmark(0.5 + 1e-3);
        fails("flash-attention-2x", other);
        passes("flash-attention-2x", other.withSoftCap());
        passes("flash-attention-2x", pair(DType.F32, of(0.5 + 1.99e-3), of(0.5)).withBenchmark(0.5 - 1e-3));
        fails("flash-attention-2x", pair(DType.F32, of(NAN), of(NAN)).withBenchmark(NAN));
        silent("flash-attention-2x", pair(DType.F32, of(1), of(1)));
        // bf16 holds 1/64; 0.3 + 1/64 is between 0.314 and 0.316, and coming back is 2^-10 off.
        double small = 0x1p-6;
        double loss = Math.abs(DType.BF16.round(DType.BF16.round(DType.BF16.round(small + 0.3f) - 0.3f) - small));
        assertTrue(loss > 0);
        assertEquals(
                2 * loss,
                named("flash-attention-2x")
                        .judge(pair(DType.BF16, of(small), of(small)).withBenchmark(small))
                        .limit()
                        .orElseThrow());
    }

    @Test
    void sdpaAllowsFourTimesTheErrorOfTheOther() {
        fails("torch-sdpa-4x", pair(DType.F32, of(1 + 4.01e-3), of(1)).withBenchmark(1 - 1e-3));
        passes("torch-sdpa-4x", pair(DType.F32, of(1 + 3.99e-3), of(1)).withBenchmark(1 - 1e-3));
        fails("torch-sdpa-4x", pair(DType.F32, of(1.01e-5), of(0)).withBenchmark(0));
        passes("torch-sdpa-4x", pair(DType.F32, of(0.99e-5), of(0)).withBenchmark(0));
        fails("torch-sdpa-4x", pair(DType.F32, of(NAN), of(1)).withBenchmark(1));
        // Both maxima are NaN, and no comparison with NaN is true.
        passes("torch-sdpa-4x", pair(DType.F32, of(NAN, 77), of(1, 1)).withBenchmark(NAN, 1));
        silent("torch-sdpa-4x", pair(DType.F32, of(1), of(1)));
    }

    @Test
    void tosaBoundsEveryDotProductAndTheirSquares() {
        // f16: ksb = ceil(64 / 2^6.5) = 1, so an error of 2 · Σ|ab| · 2^-11 is the limit.
        double unit = 8 * 0x1p-11;
        fails("tosa-dot-product", pair(DType.F16, of(3 + 2.01 * unit), of(3)).withDotProduct(64, 8));
        passes("tosa-dot-product", pair(DType.F16, of(3 + 2 * unit), of(3)).withDotProduct(64, 8));
        // A thousand errors of 1.3 units: 1.69 > 1.6 on the mean square, although each alone is allowed.
        fails(
                "tosa-dot-product",
                pair(DType.F16, many(1000, 3 + 1.3 * unit), many(1000, 3)).withDotProduct(64, many(1000, 8)));
        passes(
                "tosa-dot-product",
                pair(DType.F16, many(999, 3 + 1.3 * unit), many(999, 3)).withDotProduct(64, many(999, 8)));
        // f32: ksb = K.
        passes(
                "tosa-dot-product",
                pair(DType.F32, of(3 + 127 * 8 * 0x1p-24), of(3)).withDotProduct(64, 8));
        fails(
                "tosa-dot-product",
                pair(DType.F32, of(3 + 129 * 8 * 0x1p-24), of(3)).withDotProduct(64, 8));
        fails("tosa-dot-product", pair(DType.F32, of(1e-30), of(0)).withDotProduct(64, 0));
        passes("tosa-dot-product", pair(DType.F32, of(-0.0), of(0)).withDotProduct(64, 0));
        fails("tosa-dot-product", pair(DType.F32, of(NAN), of(1)).withDotProduct(64, 1));
        fails("tosa-dot-product", pair(DType.F32, of(1), of(NAN)).withDotProduct(64, 1));
        passes("tosa-dot-product", pair(DType.F32, of(NAN), of(NAN)).withDotProduct(64, NAN));
        passes("tosa-dot-product", pair(DType.F16, of(5), of(7e4)).withDotProduct(64, 7e4));
        silent("tosa-dot-product", pair(DType.F32, of(1), of(1)));
        silent("tosa-dot-product", pair(DType.F64, of(1), of(1)).withDotProduct(1, 1));
    }

    @Test
    void ggmlDividesByWhatTheDeviceReturned() {
        // (a - b)² / a² with a = 1: an error of sqrt(5e-4) = 0.02236 is the limit.
        fails("ggml-nmse", pair(DType.F32, of(1), of(1 + 0.0224)));
        passes("ggml-nmse", pair(DType.F32, of(1), of(1 + 0.0223)));
        fails("ggml-nmse", Comparand.of(Kind.NORMALISATION, DType.F32, of(1), of(1 + 3.2e-4)));
        passes("ggml-nmse", Comparand.of(Kind.NORMALISATION, DType.F32, of(1), of(1 + 3.1e-4)));
        silent("ggml-nmse", Comparand.of(Kind.NORMALISATION, DType.BF16, of(1), of(1)));
        silent("ggml-nmse", pair(DType.F64, of(1), of(1)));
        fails("ggml-nmse", pair(DType.F32, of(0, 0), of(1, 1)));
        passes("ggml-nmse", pair(DType.F32, of(0, 0), of(0, 0)));
        fails("ggml-nmse", pair(DType.F32, of(NAN), of(NAN)));
        fails("ggml-nmse", pair(DType.F32, of(INFINITY), of(-INFINITY)));
        fails("ggml-nmse", pair(DType.F32, of(INFINITY), of(1)));
        // The hole: one matching infinity, and nothing else is compared.
        passes("ggml-nmse", pair(DType.F32, of(INFINITY, 77), of(INFINITY, 1)));
    }

    @Test
    void cannLevelsLimitThreeRatiosToTheOther() {
        // Errors far above the floor 2^-14: relative 1e-3 for the other in every element, so all ratios are equal.
        double[] golden = many(100, 1);
        double[] other = many(100, 1 + 1e-3);
        for (String[] level : new String[][] {{"cann-l0", "2"}, {"cann-l1", "1.5"}, {"cann-l2", "1.2"}}) {
            double ratio = Double.parseDouble(level[1]);
            fails(
                    level[0],
                    pair(DType.F32, many(100, 1 + 1.001e-3 * ratio), golden).withBenchmark(other));
            passes(
                    level[0],
                    pair(DType.F32, many(100, 1 + 0.999e-3 * ratio), golden).withBenchmark(other));
        }
        // One element among a million: mean and rms hardly move, and the largest error is limited to 10 and 5 times.
        double[] large = many(1_000_000, 1);
        double[] rough = many(1_000_000, 1 + 1e-3);
        fails("cann-l0", pair(DType.F32, many(1_000_000, 1, 1 + 10.1e-3), large).withBenchmark(rough));
        passes("cann-l0", pair(DType.F32, many(1_000_000, 1, 1 + 9.9e-3), large).withBenchmark(rough));
        fails("cann-l1", pair(DType.F32, many(1_000_000, 1, 1 + 9.9e-3), large).withBenchmark(rough));
        // An exact benchmark counts as one that is off by the floor.
        fails("cann-l2", pair(DType.F32, of(1 + 1.21 * 0x1p-14), of(1)).withBenchmark(1));
        passes("cann-l2", pair(DType.F32, of(1 + 1.19 * 0x1p-14), of(1)).withBenchmark(1));
        fails("cann-l0", pair(DType.F32, of(NAN, 1), of(1, 1)).withBenchmark(1, 1));
        fails("cann-l0", pair(DType.F32, of(1, 1), of(NAN, 1)).withBenchmark(NAN, 1));
        passes("cann-l0", pair(DType.F32, of(NAN, 1), of(NAN, 1)).withBenchmark(NAN, 1));
        silent("cann-l0", pair(DType.F64, of(1), of(1)).withBenchmark(1));
        silent("cann-l0", pair(DType.F32, of(1), of(1)));
    }

    @Test
    void cannCommunityLimitsMeanAndLargestRelativeError() {
        // Relative to |g| + 1e-7, which at g = 1 is the size itself up to 1e-7.
        fails("cann-community", pair(DType.F16, of(1 + 1.001 * 0x1p-10), of(1)));
        passes("cann-community", pair(DType.F16, of(1 + 0.999 * 0x1p-10), of(1)));
        fails("cann-community", pair(DType.F32, of(1 + 1.001 * 0x1p-13), of(1)));
        fails("cann-community", pair(DType.BF16, many(100, 1, 1 + 10.1 * 0x1p-7), many(100, 1)));
        passes("cann-community", pair(DType.BF16, many(100, 1, 1 + 9.9 * 0x1p-7), many(100, 1)));
        fails("cann-community", pair(DType.F32, of(1e-6), of(0)));
        fails("cann-community", pair(DType.F32, of(NAN, 1), of(1, 1)));
        passes("cann-community", pair(DType.F32, of(NAN, INFINITY, 1), of(NAN, INFINITY, 1)));
        silent("cann-community", pair(DType.F64, of(1), of(1)));
    }

    @Test
    void cannMixedLetsAHundredthBeOffUpToALimit() {
        fails("cann-mixed", pair(DType.F32, many(100, 1, 1.009, 1.009), many(100, 1)));
        passes("cann-mixed", pair(DType.F32, many(100, 1, 1.009), many(100, 1)));
        fails("cann-mixed", pair(DType.F32, many(100, 1, 1.011), many(100, 1)));
        // 32 ulps of 2^15 in f16 are 32 · 2^5 = 1024, more than the limit 0.1.
        passes("cann-mixed", pair(DType.F16, many(100, 0x1p15, 0x1p15 + 1024), many(100, 0x1p15)));
        fails("cann-mixed", pair(DType.F16, many(100, 0x1p15, 0x1p15 + 1056), many(100, 0x1p15)));
        fails("cann-mixed", pair(DType.F32, many(100, 1, NAN), many(100, 1)));
        passes("cann-mixed", pair(DType.F32, many(100, 1, NAN), many(100, 1, NAN)));
        silent("cann-mixed", pair(DType.F64, of(1), of(1)));
    }

    @Test
    void aDoubleThousandthLeavesOneInAThousand() {
        fails("msprobe-thousandth", pair(DType.F32, many(2000, 1, 1.002, NAN), many(2000, 1)));
        passes("msprobe-thousandth", pair(DType.F32, many(2000, 1, NAN), many(2000, 1)));
        fails("msprobe-thousandth", pair(DType.F32, of(1.00101), of(1)));
        passes("msprobe-thousandth", pair(DType.F32, of(1.00099), of(1)));
        // A zero is relative to eps alone: 2^-52 here, 2^-23 in f16.
        fails("msprobe-thousandth", pair(DType.F32, of(1e-18), of(0)));
        passes("msprobe-thousandth", pair(DType.F16, of(1e-10), of(0)));
        silent("msprobe-thousandth", pair(DType.F64, of(1), of(1)));
    }

    @Test
    void smallValuesHaveAnAbsoluteLimit() {
        fails("msprobe-threshold", pair(DType.F16, of(0x1p-11 + 1.01 * 0x1p-16), of(0x1p-11)));
        passes("msprobe-threshold", pair(DType.F16, of(0x1p-11 + 0x1p-16), of(0x1p-11)));
        fails("msprobe-threshold", pair(DType.F16, of(1 + 1.01 * 0x1p-10), of(1)));
        passes("msprobe-threshold", pair(DType.F16, of(1 + 0x1p-10), of(1)));
        fails("msprobe-threshold", pair(DType.F32, of(1e-9), of(0)));
        passes("msprobe-threshold", pair(DType.F32, of(0.9e-9), of(0)));
        // The constant in the code is 1e-16, not 2^-16.
        fails("msprobe-threshold", pair(DType.BF16, of(1e-15), of(0)));
        fails("msprobe-threshold", pair(DType.F32, of(NAN), of(1)));
        fails("msprobe-threshold", pair(DType.F32, of(NAN), of(INFINITY)));
        fails("msprobe-threshold", pair(DType.F32, of(INFINITY), of(1)));
        passes("msprobe-threshold", pair(DType.F32, of(NAN), of(NAN)));
        // The hole: whatever is finite is close to infinity.
        passes("msprobe-threshold", pair(DType.F32, of(3), of(INFINITY)));
        silent("msprobe-threshold", pair(DType.F64, of(1), of(1)));
    }

    @Test
    void ulpsAreCountedInShares() {
        double[] golden = many(2000, 1);
        double two = 1 + 2 * 0x1p-10;
        fails("msprobe-ulp", pair(DType.F16, many(2000, 1, two, two), golden).withBenchmark(golden));
        passes("msprobe-ulp", pair(DType.F16, many(2000, 1, two), golden).withBenchmark(golden));
        // No worse than the other: three bad elements there, two here, and a floor of 2^-11 for a share of none.
        passes(
                "msprobe-ulp",
                pair(DType.F16, many(2000, 1, two, two), golden).withBenchmark(many(2000, 1, two, two, two)));
        double far = 1 + 66 * 0x1p-23;
        fails("msprobe-ulp", pair(DType.F32, many(20, far), many(20, 1)).withBenchmark(many(20, 1)));
        passes(
                "msprobe-ulp",
                pair(DType.F32, many(20, 1 + 63 * 0x1p-23), many(20, 1)).withBenchmark(many(20, 1)));
        fails("msprobe-ulp", pair(DType.F16, many(2000, 1, NAN), golden).withBenchmark(golden));
        passes("msprobe-ulp", pair(DType.F16, many(2000, 1, NAN), golden).withBenchmark(many(2000, 1, NAN)));
        silent("msprobe-ulp", pair(DType.F16, of(1), of(1)));
        silent("msprobe-ulp", pair(DType.F64, of(1), of(1)).withBenchmark(1));
    }

    @Test
    void mluOpsSumsErrorsOverTheOutput() {
        // diff1 = 2 · 1.01e-5 / 2, diff2 the same.
        fails("mlu-ops-diff1-diff2", pair(DType.F32, of(1 + 1.01e-5, 1 + 1.01e-5), of(1, 1)));
        passes("mlu-ops-diff1-diff2", pair(DType.F32, of(1 + 0.99e-5, 1 - 0.99e-5), of(1, 1)));
        // diff1 = 0.02 / 100, but diff2 = sqrt(0.02² / 100) = 0.002: one element of a hundred is hidden.
        passes("mlu-ops-diff1-diff2", pair(DType.F16, many(100, 1, 1.02), many(100, 1)));
        fails("mlu-ops-diff1-diff2", pair(DType.F16, many(100, 1, 1.04), many(100, 1)));
        fails("mlu-ops-diff1-diff2", pair(DType.F32, of(1e-3), of(0)));
        passes("mlu-ops-diff1-diff2", pair(DType.F32, of(0), of(0)));
        passes("mlu-ops-diff1-diff2", Comparand.of(Kind.NORMALISATION, DType.F32, of(1.0029), of(1)));
        silent("mlu-ops-diff1-diff2", pair(DType.F64, of(1), of(1)));
        silent("mlu-ops-diff1-diff2", Comparand.of(Kind.COPY, DType.F32, of(1), of(1)));
    }

    /// The hole in its evaluator: with one NaN that is right, everything else may be wrong.
    @Test
    void oneNanSwitchesTheComparisonOfMluOpsOff() {
        fails("mlu-ops-diff1-diff2", pair(DType.F32, of(2, 77, -5), of(2, 1, 1)));
        Outcome outcome = named("mlu-ops-diff1-diff2").judge(pair(DType.F32, of(NAN, 77, -5), of(NAN, 1, 1)));
        assertEquals(Ruling.PASS, outcome.ruling());
        assertEquals(0, outcome.measure().orElseThrow());
        assertTrue(outcome.remark().contains("switches"), outcome.remark());
        passes("mlu-ops-diff1-diff2", pair(DType.F32, of(-INFINITY, 77), of(-INFINITY, 1)));
        fails("mlu-ops-diff1-diff2", pair(DType.F32, of(NAN, 1), of(1, 1)));
        fails("mlu-ops-diff1-diff2", pair(DType.F32, of(INFINITY, 1), of(NAN, 1)));
    }

    @Test
    void movedDataMustBeExact() {
        fails("mlu-ops-diff3", Comparand.of(Kind.COPY, DType.F32, of(1, Math.nextUp(2f)), of(1, 2)));
        passes("mlu-ops-diff3", Comparand.of(Kind.COPY, DType.F32, of(1, 2), of(1, 2)));
        fails("mlu-ops-diff3", Comparand.of(Kind.COPY, DType.F32, of(1, 1e-30), of(1, 0)));
        fails("mlu-ops-diff3", Comparand.of(Kind.COPY, DType.F32, of(NAN, 77), of(NAN, 1)));
        fails("mlu-ops-diff3", Comparand.of(Kind.COPY, DType.F32, of(NAN), of(1)));
        passes("mlu-ops-diff3", Comparand.of(Kind.COPY, DType.F32, of(NAN, INFINITY), of(NAN, INFINITY)));
        silent("mlu-ops-diff3", pair(DType.F32, of(1), of(1)));
    }

    @Test
    void tecoriginAllowsTwiceAGpusError() {
        fails("tecorigin-2x", pair(DType.F32, of(1 + 2.01e-3), of(1)).withBenchmark(1 - 1e-3));
        passes("tecorigin-2x", pair(DType.F32, of(1 + 1.99e-3), of(1)).withBenchmark(1 - 1e-3));
        fails("tecorigin-2x", pair(DType.F32, of(1 + 1.01e-6), of(1)).withBenchmark(1));
        passes("tecorigin-2x", pair(DType.F32, of(1 + 0.99e-6), of(1)).withBenchmark(1));
        // A single element: diff3 sees it, the sums do not.
        fails(
                "tecorigin-2x",
                pair(DType.F32, many(100_000, 1, 1.01), many(100_000, 1)).withBenchmark(many(100_000, 1.001)));
        fails("tecorigin-2x", pair(DType.F32, of(NAN), of(1)).withBenchmark(1));
        fails("tecorigin-2x", pair(DType.F32, of(1), of(1)).withBenchmark(NAN));
        fails("tecorigin-2x", pair(DType.F32, of(INFINITY), of(1)).withBenchmark(-INFINITY));
        // The hole: where device and GPU agree on NaN, the right value does not matter.
        passes("tecorigin-2x", pair(DType.F32, of(NAN, 1), of(3, 1)).withBenchmark(NAN, 1));
        passes("tecorigin-2x", pair(DType.F16, of(65504), of(7e4)).withBenchmark(INFINITY));
        // Half: below 2^-14 the device may have flushed, and only it.
        passes("tecorigin-2x", pair(DType.F16, of(0), of(0x1p-15)).withBenchmark(0x1p-15));
        fails("tecorigin-2x", pair(DType.F16, of(0x1p-15), of(0)).withBenchmark(0));
        silent("tecorigin-2x", pair(DType.BF16, of(1), of(1)).withBenchmark(1));
        silent("tecorigin-2x", pair(DType.F32, of(1), of(1)));
    }
}
