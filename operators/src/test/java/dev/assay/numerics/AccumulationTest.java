package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.tensor.DType;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccumulationTest {
    private static final double C = RuleConstants.roundingRms();
    private static final double U = 0x1p-24;

    private static double square(double x) {
        return x * x;
    }

    private static Accumulation of(ComputeContract contract, DType input, long terms) {
        return new Accumulation(contract, input, terms);
    }

    @Test
    void theFormulaByHand() {
        // K = 12, y = 6, Q = 27: A² = 36 · 4 + (27 - 3) · 2 = 192
        Accumulation sums = of(ComputeContract.STRICT, DType.F32, 12);
        assertEquals(square(C * U) * (192 + 27), sums.variance(6, 27), 1e-28);
        assertEquals(12 * 0x1p-149, sums.deterministic(6, 27));
        assertEquals(1.01 * 12 * U * Math.sqrt(12 * 27) + 12 * 0x1p-149, sums.worstCase(27), 1e-18);
    }

    @Test
    void theAccumulatorSetsTheUnit() {
        Accumulation wide = of(ComputeContract.STRICT, DType.BF16, 100);
        assertEquals(of(ComputeContract.STRICT, DType.F32, 100).variance(3, 5), wide.variance(3, 5));
        Accumulation narrow =
                of(ComputeContract.strict().accumulator(DType.BF16).build(), DType.BF16, 100);
        assertEquals(square(0x1p16) * wide.variance(3, 5), narrow.variance(3, 5), 1e-12 * narrow.variance(3, 5));
        Accumulation f64 = of(ComputeContract.STRICT, DType.F64, 100);
        assertEquals(square(0x1p-29) * wide.variance(3, 5), f64.variance(3, 5), 1e-45);
    }

    @Test
    void truncationDoublesTheNoiseAndAddsABias() {
        ComputeContract contract = ComputeContract.strict()
                .accumulatorRounding(Rounding.TOWARD_ZERO)
                .build();
        Accumulation nearest = of(ComputeContract.STRICT, DType.F32, 12);
        Accumulation truncated = of(contract, DType.F32, 12);
        assertEquals(4 * nearest.variance(6, 27), truncated.variance(6, 27), 1e-27);
        double bias = 1.5 * U * Math.sqrt(12) * Math.sqrt(192);
        assertEquals(bias, truncated.deterministic(6, 27), 1e-12 * bias);
        assertEquals(2, truncated.worstCase(27) / nearest.worstCase(27), 1e-12);
    }

    @Test
    void partialsAndPrescaledOperandsAddTheirOwnNoise() {
        Accumulation plain = of(ComputeContract.STRICT, DType.F32, 12);
        Accumulation split =
                of(ComputeContract.strict().partials(Stored.as(DType.BF16), 4).build(), DType.F32, 12);
        assertEquals(
                square(C * 0x1p-8) * (36 + 24),
                split.variance(6, 27) - plain.variance(6, 27),
                1e-9 * split.variance(6, 27));
        Accumulation scaled =
                of(ComputeContract.strict().prescaled(Stored.as(DType.BF16)).build(), DType.F32, 12);
        assertEquals(
                2 * square(C * 0x1p-8) * 27,
                scaled.variance(6, 27) - plain.variance(6, 27),
                1e-9 * scaled.variance(6, 27));
        assertEquals(Double.POSITIVE_INFINITY, split.worstCase(27), "more than the sums is rounded");
        assertEquals(Double.POSITIVE_INFINITY, scaled.worstCase(27));
    }

    @Test
    void flushingRaisesTheFloor() {
        ComputeContract flushes = ComputeContract.strict().flushesOutputs(true).build();
        assertEquals(12 * 0x1p-126, of(flushes, DType.F32, 12).deterministic(0, 0));
        assertEquals(12 * 0x1p-149, of(ComputeContract.STRICT, DType.F32, 12).deterministic(0, 0));
    }

    @Test
    void sumsThatLeaveTheRangeMayOverflow() {
        ComputeContract f16 = ComputeContract.strict().accumulator(DType.F16).build();
        assertFalse(of(f16, DType.F16, 4).mayOverflow(square(16000)));
        assertTrue(of(f16, DType.F16, 4).mayOverflow(square(17000)));
        assertFalse(of(ComputeContract.STRICT, DType.F16, 4).mayOverflow(square(17000)));
        assertTrue(of(ComputeContract.STRICT, DType.F32, 1).mayOverflow(Double.POSITIVE_INFINITY));
        assertTrue(of(ComputeContract.STRICT, DType.F32, 1).mayOverflow(Double.NaN));
        ComputeContract partials =
                ComputeContract.strict().partials(Stored.as(DType.F16), 2).build();
        assertFalse(of(partials, DType.BF16, 4).mayOverflow(square(16000)));
        assertTrue(of(partials, DType.BF16, 4).mayOverflow(square(17000)));
    }

    @Test
    void sumsThatAreCutOffStayAtTheLargestNumber() {
        assertFalse(of(ComputeContract.STRICT, DType.F32, 4).saturates());
        ComputeContract truncates = ComputeContract.strict()
                .accumulatorRounding(Rounding.TOWARD_ZERO)
                .build();
        assertTrue(of(truncates, DType.F32, 4).saturates());
        ComputeContract aligned = ComputeContract.strict()
                .accumulator(new Accumulator.Aligned(24, 8))
                .build();
        assertTrue(of(aligned, DType.F32, 4).saturates());
    }

    @Test
    void anEmptySumIsExactButForUnderflow() {
        Accumulation none = of(ComputeContract.STRICT, DType.F32, 0);
        assertEquals(0, none.variance(0, 0));
        assertEquals(0x1p-149, none.deterministic(0, 0));
    }

    /// Rms of error / sigma and the largest such ratio over many sums.
    private record Noise(double rms, double largest, int samples) {}

    private interface Summation {
        double sum(float[] terms);
    }

    private static Noise measure(
            Summation summation, ComputeContract contract, DoubleUnaryOperator fill, int terms, int rounds, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Accumulation model = of(contract, DType.F32, terms);
        double squares = 0;
        double largest = 0;
        for (int round = 0; round < rounds; round++) {
            float[] t = new float[terms];
            double y = 0;
            double q = 0;
            for (int k = 0; k < terms; k++) {
                t[k] = (float) fill.applyAsDouble(random.nextGaussian());
                y += t[k];
                q += square(t[k]);
            }
            double error = Math.abs(summation.sum(t) - y);
            double sigma = Math.sqrt(model.variance(y, q));
            double low = model.deterministic(y, q);
            assertTrue(error <= RuleConstants.lambda(1) * sigma + low, "a legitimate sum: " + error + " with " + sigma);
            assertTrue(error <= model.worstCase(q), "the rigorous bound");
            squares += square(error / sigma);
            largest = Math.max(largest, error / sigma);
        }
        return new Noise(Math.sqrt(squares / rounds), largest, rounds);
    }

    private static double sequential(float[] terms) {
        float sum = 0;
        for (float term : terms) {
            sum += term;
        }
        return sum;
    }

    private static double lanes(float[] terms) {
        float[] sums = new float[32];
        for (int k = 0; k < terms.length; k++) {
            sums[k % 32] += terms[k];
        }
        return sequential(sums);
    }

    private static double pairwise(float[] terms, int from, int to) {
        if (to - from == 1) {
            return terms[from];
        }
        int middle = (from + to) >>> 1;
        return (float) (pairwise(terms, from, middle) + pairwise(terms, middle, to));
    }

    private static double truncating(float[] terms) {
        double sum = 0;
        for (float term : terms) {
            double exact = sum + term;
            float rounded = (float) exact;
            sum = Math.abs(rounded) > Math.abs(exact)
                    ? Math.copySign(Math.nextDown(Math.abs(rounded)), rounded)
                    : rounded;
        }
        return sum;
    }

    /// The model stands for the worst order, the sequential one, and for products that are rounded, which add 1.
    @ParameterizedTest
    @ValueSource(ints = {100, 1000, 4096})
    void sequentialSumsAttainSigma(int terms) {
        Noise signed = measure(AccumulationTest::sequential, ComputeContract.STRICT, z -> z, terms, 800, terms);
        assertTrue(signed.rms() > 0.85 && signed.rms() < 1.15, signed.toString());
        Noise positive =
                measure(AccumulationTest::sequential, ComputeContract.STRICT, z -> Math.abs(z), terms, 800, terms);
        assertTrue(positive.rms() > 0.85 && positive.rms() < 1.25, positive.toString());
        assertTrue(signed.largest() < 6 && positive.largest() < 6, "the tail: " + signed + positive);
    }

    /// Whatever the terms are like, as long as they are independent and fill their significands; none of the sums
    /// exceeds λσ, which [#measure] asserts.
    @ParameterizedTest
    @CsvSource({
        "30,uniform", "30,positive", "30,exponential", "30,spread",
        "300,uniform", "300,positive", "300,exponential", "300,spread",
        "3000,uniform", "3000,positive", "3000,exponential", "3000,spread",
        "3000,shifted"
    })
    void theModelledErrorIsTheMeasuredOne(int terms, String kind) {
        DoubleUnaryOperator fill = switch (kind) {
            case "uniform" -> z -> 2 * probability(z) - 1;
            case "positive" -> AccumulationTest::probability;
            case "exponential" -> z -> -Math.log(probability(z));
            case "spread" -> z -> z * z * z;
            default -> z -> z + 0.1;
        };
        int rounds = Math.clamp(600_000 / terms, 400, 2000);
        Noise noise = measure(AccumulationTest::sequential, ComputeContract.STRICT, fill, terms, rounds, 31L * terms);
        assertTrue(noise.rms() > 0.9 && noise.rms() < 1.1, kind + " " + noise);
    }

    private static double probability(double z) {
        return ErrorFunction.erfc(-z / Math.sqrt(2)) / 2;
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 1000, 4096})
    void otherOrdersStayBelow(int terms) {
        Noise lanes = measure(AccumulationTest::lanes, ComputeContract.STRICT, z -> z, terms, 500, terms);
        Noise pairs =
                measure(t -> pairwise(t, 0, t.length), ComputeContract.STRICT, z -> Math.abs(z), terms, 500, terms);
        assertTrue(lanes.rms() < 1 && lanes.rms() > 0.02, lanes.toString());
        assertTrue(pairs.rms() < 1 && pairs.rms() > 0.005, pairs.toString());
    }

    @Test
    void truncatedSumsStayWithinBiasAndNoise() {
        ComputeContract truncates = ComputeContract.strict()
                .accumulatorRounding(Rounding.TOWARD_ZERO)
                .build();
        for (int terms : new int[] {10, 300, 4096}) {
            measure(AccumulationTest::truncating, truncates, z -> z, terms, 300, terms);
            measure(AccumulationTest::truncating, truncates, z -> Math.abs(z), terms, 300, terms);
        }
    }

    @Test
    void truncationThatWasNotDeclaredIsOutOfBounds() {
        int terms = 4096;
        SplittableRandom random = new SplittableRandom(7);
        Accumulation model = of(ComputeContract.STRICT, DType.F32, terms);
        int caught = 0;
        for (int round = 0; round < 50; round++) {
            float[] t = new float[terms];
            double y = 0;
            double q = 0;
            for (int k = 0; k < terms; k++) {
                t[k] = (float) random.nextDouble();
                y += t[k];
                q += square(t[k]);
            }
            double error = Math.abs(truncating(t) - y);
            caught += error > RuleConstants.lambda(1) * Math.sqrt(model.variance(y, q)) ? 1 : 0;
        }
        assertEquals(50, caught);
    }

    @Test
    void alignedBlocksAllowTheirOwnCutting() {
        // Emulates blocks of 8 terms cut off 2^-13 below the largest of them and the running sum, sums in f32.
        int fractionBits = 13;
        int block = 8;
        ComputeContract contract = ComputeContract.strict()
                .accumulator(new Accumulator.Aligned(fractionBits, block))
                .build();
        Summation aligned = terms -> {
            float sum = 0;
            for (int from = 0; from < terms.length; from += block) {
                double largest = Math.abs(sum);
                int to = Math.min(terms.length, from + block);
                for (int k = from; k < to; k++) {
                    largest = Math.max(largest, Math.abs(terms[k]));
                }
                double unit = Math.scalb(1.0, Math.getExponent(largest) - fractionBits);
                double whole = cut(sum, unit);
                for (int k = from; k < to; k++) {
                    whole += cut(terms[k], unit);
                }
                sum = (float) whole;
            }
            return sum;
        };
        for (int terms : new int[] {7, 64, 2048}) {
            measure(aligned, contract, z -> z, terms, 200, terms);
            measure(aligned, contract, z -> Math.abs(z), terms, 200, terms);
        }
    }

    @Test
    void alignedBlocksByHand() {
        // K = 12 in blocks of 8: two sums are rounded, A² = 36 · 2/3 + 24 · 2/6 = 32; a third of the terms has one
        // sign.
        ComputeContract contract = ComputeContract.strict()
                .accumulator(new Accumulator.Aligned(13, 8))
                .build();
        Accumulation sums = of(contract, DType.F16, 12);
        double cut = 0x1p-13 * (6 + 2 * Math.sqrt(27));
        assertEquals(cut * cut / 3 * 14 + square(C * U) * (32 + 27), sums.variance(6, 27), 1e-15);
        assertEquals(cut / 2 * (2 + 12 / 3.0), sums.deterministic(6, 27), 1e-12);
        assertEquals(Double.POSITIVE_INFINITY, sums.worstCase(27));
    }

    private static double cut(double value, double unit) {
        double units = value / unit;
        return (units < 0 ? Math.ceil(units) : Math.floor(units)) * unit;
    }

    @Test
    void narrowAccumulatorsAreHonestToo() {
        ComputeContract contract =
                ComputeContract.strict().accumulator(DType.BF16).build();
        Summation bf16 = terms -> {
            double sum = 0;
            for (float term : terms) {
                sum = DType.BF16.round(sum + term);
            }
            return sum;
        };
        for (int terms : new int[] {8, 64}) {
            Noise noise = measure(bf16, contract, z -> z, terms, 500, terms);
            assertTrue(noise.rms() > 0.5 && noise.rms() < 1.3, noise.toString());
        }
    }
}
