package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.tensor.DType;
import java.math.BigDecimal;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ErrorBoundTest {
    private static final ComputeContract TRUNCATING =
            ComputeContract.strict().outputRounding(Rounding.TOWARD_ZERO).build();
    private static final ComputeContract FLUSHING =
            ComputeContract.strict().flushesOutputs(true).build();

    private static ErrorBound strict(DType dtype) {
        return new ErrorBound(dtype, ComputeContract.STRICT, 1);
    }

    /// The value of this type next to `high + low`, by exact arithmetic on its neighbours.
    private static double nearest(DType dtype, double high, double low) {
        BigDecimal exact = new BigDecimal(high).add(new BigDecimal(low));
        double start = dtype.round(high);
        double best = start;
        for (long step = -2; step <= 2; step++) {
            double candidate = dtype.decode(dtype.encode(start) + step);
            if (Double.isFinite(candidate) && Math.signum(candidate) * Math.signum(start) >= 0) {
                int closer = distance(candidate, exact).compareTo(distance(best, exact));
                boolean even = (dtype.encode(candidate) & 1) == 0;
                if (closer < 0 || (closer == 0 && even)) {
                    best = candidate;
                }
            }
        }
        return best;
    }

    private static BigDecimal distance(double value, BigDecimal exact) {
        return new BigDecimal(value).subtract(exact).abs();
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void theOnlyRightValueIsTheNearestOfTheExactSum(DType dtype) {
        SplittableRandom random = new SplittableRandom(1);
        ErrorBound bound = strict(dtype);
        for (int i = 0; i < 4000; i++) {
            double value = dtype.round(Math.scalb(random.nextDouble() - 0.5, random.nextInt(-20, 14)));
            double high = switch (i % 4) {
                case 0 -> value;
                case 1 -> value + dtype.ulp(value) / 2;
                case 2 -> value - dtype.ulp(value) / 2;
                default -> value + dtype.ulp(value) * random.nextDouble();
            };
            double low = Math.ulp(high) * (random.nextDouble() - 0.5) * random.nextInt(0, 2);
            String what = dtype + " " + high + " + " + low;
            assertEquals(nearest(dtype, high, low), bound.exact(high, low), what);
            assertEquals(CorrectBackend.rounded(dtype, high, low), bound.exact(high, low), what);
        }
    }

    @Test
    void aRestBelowTheDoubleDecidesATie() {
        ErrorBound bound = strict(DType.F32);
        double tie = 1 + 0x1p-24;
        assertEquals(1, bound.exact(tie, 0), "to even");
        assertEquals(1 + 0x1p-23, bound.exact(tie, 0x1p-80));
        assertEquals(1, bound.exact(tie, -0x1p-80));
        double odd = 1 + 0x1p-23 + 0x1p-24;
        assertEquals(1 + 0x1p-22, bound.exact(odd, 0), "to even, which is above");
        assertEquals(1 + 0x1p-23, bound.exact(odd, -0x1p-80));
        assertEquals(-1 - 0x1p-23, bound.exact(-tie, -0x1p-80));
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void ulpsAreThoseOfTheType(DType dtype) {
        ErrorBound bound = strict(dtype);
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < 2000; i++) {
            double value = Math.scalb(random.nextDouble() - 0.5, random.nextInt(-160, 130));
            assertEquals(dtype.ulp(value), bound.ulp(value), "at " + value);
        }
        assertEquals(dtype.minSubnormal(), bound.ulp(0));
        assertEquals(dtype.minSubnormal(), bound.ulp(dtype.minNormal()));
        assertEquals(2 * dtype.minSubnormal(), bound.ulp(2 * dtype.minNormal()));
        assertEquals(dtype.ulp(dtype.maxFinite()), bound.ulp(dtype.maxFinite()));
    }

    /// By hand: half an ulp of 1.5 in bf16 is 2^-8; D is 0.25; lambda of one element is 0.78 ln(2e9).
    @Test
    void theBoundIsHalfAnUlpAndTheErrorsBefore() {
        ErrorBound bound = strict(DType.BF16);
        double lambda = 0.78 * (Math.log(2) + 9 * Math.log(10));
        assertEquals(16.7048, lambda, 1e-4);
        assertEquals(0.25, bound.beforeRounding(1.5, 0, 0.25));
        assertEquals(0.25 + lambda * 0.125, bound.beforeRounding(1.5, 0.125, 0.25), 1e-12);
        assertEquals(0x1p-8, bound.rounding(1.5));
        assertEquals(0x1p-7, bound.rounding(-2));
        double larger = new ErrorBound(DType.BF16, ComputeContract.STRICT, 1000).beforeRounding(1.5, 1, 0);
        assertEquals(lambda + 0.78 * Math.log(1000), larger, 1e-12, "more elements, a rarer event");
    }

    @Test
    void truncatingKernelsMayErrByAWholeUlp() {
        ErrorBound bound = new ErrorBound(DType.F16, TRUNCATING, 1);
        assertEquals(0x1p-10, bound.rounding(1));
        double almost = 1 + 0.99 * 0x1p-10;
        assertEquals(1, bound.exact(almost, 0));
        assertEquals(-1, bound.exact(-almost, 0));
        assertEquals(1 + 0x1p-10, bound.exact(1 + 0x1p-10, 0));
        assertEquals(65504, bound.exact(1e6, 0), "what is too large is cut off to the largest value");
        assertEquals(-65504, bound.exact(-1e6, 0));
        assertEquals(0, bound.exact(0x1p-25, 0), "half of the smallest");
    }

    @Test
    void flushingKernelsMayLoseWhatIsSubnormal() {
        ErrorBound bound = new ErrorBound(DType.F32, FLUSHING, 1);
        assertEquals(0x1p-150 + 0x1p-126, bound.rounding(0x1p-130));
        assertEquals(0, bound.exact(0x1p-130, 0));
        assertEquals(0x1p-126, bound.exact(0x1p-126, 0), "the smallest normal number stays");
        assertEquals(0x1p-130, strict(DType.F32).exact(0x1p-130, 0), "and so does all where nothing is flushed");
    }

    @Test
    void aResultThatPassesThroughF32ErrsTwice() {
        ErrorBound bound = new ErrorBound(
                DType.BF16, ComputeContract.strict().outputViaF32(true).build(), 1);
        assertEquals(0x1p-24, bound.beforeRounding(1, 0, 0));
        assertEquals(0.5 + 0x1p-22, bound.beforeRounding(5, 0, 0.5));
        assertEquals(0, bound.beforeRounding(Double.POSITIVE_INFINITY, 0, 0));
    }

    @Test
    void onlyWhatMayRoundBeyondTheLargestValueMayBecomeInfinite() {
        ErrorBound f16 = strict(DType.F16);
        assertTrue(f16.mayBecomeInfinite(65520, 0), "halfway to the next binade, to even");
        assertFalse(f16.mayBecomeInfinite(65519.99, 0));
        assertTrue(f16.mayBecomeInfinite(-65519.99, 0.02));
        assertFalse(f16.mayBecomeInfinite(65504, 15.9));
        assertTrue(strict(DType.BF16).mayBecomeInfinite(3.4e38, 0));
        assertFalse(strict(DType.F32).mayBecomeInfinite(3.4e38, 0));
        assertFalse(strict(DType.F64).mayBecomeInfinite(Double.MAX_VALUE, 0));
        assertTrue(strict(DType.F64).mayBecomeInfinite(Double.MAX_VALUE, Math.ulp(Double.MAX_VALUE)));
    }

    /// IEEE 754-2019, 7.4: a rounding toward zero overflows to the largest number, not to infinity.
    @Test
    void overflowIsCutOffToTheLargestNumberOnlyWhereThatIsDeclared() {
        ErrorBound cutting = new ErrorBound(DType.F16, TRUNCATING, 1);
        assertTrue(cutting.cutOff(589_970, 1, 65_504));
        assertTrue(cutting.cutOff(-589_970, 1, -65_504));
        assertFalse(cutting.cutOff(-589_970, 1, 65_504));
        assertFalse(cutting.cutOff(589_970, 1, 65_472));
        assertFalse(cutting.cutOff(60_000, 1, 65_504));
        assertFalse(strict(DType.F16).cutOff(589_970, 1, 65_504));
    }
}
