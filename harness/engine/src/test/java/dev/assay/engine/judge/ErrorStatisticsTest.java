package dev.assay.engine.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

/// Errors of known distribution, held against their own model and against others.
class ErrorStatisticsTest {
    private static final Shape SHAPE = Shape.of(64, 64);
    private static final double SIGMA = 0x1p-18;

    /// What is expected, and by how many σ the device is off.
    private static final class Setting {
        final DType dtype;
        ComputeContract contract = ComputeContract.STRICT;
        IntToDoubleFunction want;
        IntToDoubleFunction off;
        double sigma = SIGMA;
        double low;
        double deterministic;
        double systematic;
        byte flag;
        long cluster = 64;

        Setting(DType dtype, long seed) {
            this.dtype = dtype;
            Random random = new Random(seed);
            double[] values = random.doubles(SHAPE.elements(), 1, 2).toArray();
            double[] signs = random.doubles(SHAPE.elements()).toArray();
            double[] normal = random.doubles(SHAPE.elements())
                    .map(ignored -> random.nextGaussian())
                    .toArray();
            want = i -> signs[i] < 0.5 ? -values[i] : values[i];
            off = i -> normal[i];
        }

        ErrorStatistics.Summary summary() {
            ErrorBound bound = new ErrorBound(dtype, contract, SHAPE.elements());
            ErrorStatistics statistics = new ErrorStatistics(SHAPE, bound, cluster);
            ExpectedBlock block = new ExpectedBlock();
            block.reset(Region.all(SHAPE));
            double[] got = new double[block.elements()];
            for (int i = 0; i < got.length; i++) {
                block.values()[i] = want.applyAsDouble(i);
                block.lows()[i] = low;
                block.sigmas()[i] = sigma;
                block.deterministic()[i] = deterministic;
                block.systematic()[i] = systematic;
                block.flags()[i] = flag;
                got[i] = dtype.round(want.applyAsDouble(i) + sigma * off.applyAsDouble(i));
            }
            statistics.take(block, Region.all(SHAPE), got);
            return statistics.summary();
        }
    }

    @Test
    void errorsAsLargeAsModelledAreFine() {
        for (long seed = 0; seed < 50; seed++) {
            ErrorStatistics.Summary summary = new Setting(DType.F32, seed).summary();
            assertEquals(1, summary.rms(), 0.1);
            assertFalse(summary.tooLarge() || summary.biased(), summary.toString());
        }
    }

    @Test
    void errorsHalfAgainAsLargeAreNot() {
        Setting setting = new Setting(DType.F32, 1);
        IntToDoubleFunction normal = setting.off;
        setting.off = i -> 1.6 * normal.applyAsDouble(i);
        ErrorStatistics.Summary summary = setting.summary();
        assertEquals(1.6, summary.rms(), 0.1);
        assertTrue(summary.tooLarge());
    }

    @Test
    void errorsThatShareARowAreCountedByRows() {
        // One deviate a row, so that 64 and not 4096 are observed: 1.4 times the modelled size is no evidence then.
        Setting setting = new Setting(DType.F32, 3);
        IntToDoubleFunction normal = setting.off;
        setting.off = i -> 1.3 * normal.applyAsDouble(i / 64);
        assertFalse(setting.summary().tooLarge());
        assertFalse(setting.summary().biased());
    }

    @Test
    void aMeanErrorOfOneThirdIsABias() {
        Setting setting = new Setting(DType.F32, 4);
        IntToDoubleFunction normal = setting.off;
        setting.off = i -> 0.9 * normal.applyAsDouble(i) + 0.33;
        ErrorStatistics.Summary summary = setting.summary();
        assertTrue(summary.biased());
        assertFalse(summary.tooLarge());
        assertTrue(summary.biasZ() > 7);
    }

    @Test
    void errorsTowardZeroAreABiasThoughTheirMeanIsZero() {
        Setting setting = new Setting(DType.F32, 5);
        IntToDoubleFunction normal = setting.off;
        IntToDoubleFunction want = setting.want;
        setting.off = i -> 0.9 * normal.applyAsDouble(i) - 0.33 * Math.signum(want.applyAsDouble(i));
        assertTrue(setting.summary().biased());
    }

    @Test
    void whatAFunctionMayAlwaysErrIsNoBias() {
        Setting setting = new Setting(DType.F32, 6);
        IntToDoubleFunction normal = setting.off;
        setting.systematic = 0.4 * SIGMA;
        setting.off = i -> 0.9 * normal.applyAsDouble(i) + 0.33;
        assertFalse(setting.summary().biased());
    }

    @Test
    void cutOffOutputsAreFoundAndMayBeDeclared() {
        // bf16: the rounding is 2^10 times larger than σ.
        Setting setting = new Setting(DType.BF16, 7);
        IntToDoubleFunction want = setting.want;
        setting.off = i -> (truncated(want.applyAsDouble(i)) - want.applyAsDouble(i)) / SIGMA;
        ErrorStatistics.Summary found = setting.summary();
        assertEquals(2, found.rms(), 0.1);
        assertTrue(found.tooLarge() && found.biased());
        setting.contract =
                ComputeContract.strict().outputRounding(Rounding.TOWARD_ZERO).build();
        ErrorStatistics.Summary declared = setting.summary();
        assertFalse(declared.tooLarge() || declared.biased(), declared.toString());
    }

    private static double truncated(double value) {
        double rounded = DType.BF16.round(value);
        return Math.abs(rounded) <= Math.abs(value) ? rounded : rounded - Math.copySign(DType.BF16.ulp(value), value);
    }

    @Test
    void valuesThatLieBetweenTwoNumbersAreNoExcess() {
        // Every value is half an ulp from its neighbours: rounding errs by sqrt(3) times its usual rms.
        Setting setting = new Setting(DType.BF16, 8);
        IntToDoubleFunction want = setting.want;
        setting.sigma = 0x1p-20;
        IntToDoubleFunction ties = i -> DType.BF16.round(want.applyAsDouble(i) * 0.999) + 0x1p-8;
        setting.want = ties;
        setting.off = i -> 0;
        ErrorStatistics.Summary summary = setting.summary();
        assertTrue(summary.elements() > 4000);
        assertFalse(summary.tooLarge() || summary.biased(), summary.toString());
    }

    @Test
    void rowsThatRepeatHaveNoStatistics() {
        Setting setting = new Setting(DType.F32, 9);
        IntToDoubleFunction want = setting.want;
        setting.want = i -> want.applyAsDouble(i % 64);
        setting.off = i -> 3;
        assertTrue(Double.isNaN(setting.summary().rms()));
    }

    @Test
    void exactOpenAndGuardedElementsTakeNoPart() {
        Setting exact = new Setting(DType.F32, 10);
        exact.sigma = 0;
        assertEquals(0, exact.summary().elements());
        for (byte flag : new byte[] {ExpectedBlock.ANY, ExpectedBlock.OR_NOT_FINITE, 4}) {
            Setting open = new Setting(DType.F32, 11);
            open.flag = flag;
            assertEquals(0, open.summary().elements());
        }
    }

    /// One row of 29 that errs much is no distribution: its own bound judges it.
    @Test
    void fewClustersObjectToNothing() {
        Setting setting = new Setting(DType.F32, 13);
        IntToDoubleFunction normal = setting.off;
        setting.off = i -> 3 * normal.applyAsDouble(i);
        setting.cluster = 142;
        assertEquals(29, setting.summary().clusters());
        assertFalse(setting.summary().tooLarge());
        setting.cluster = 128;
        assertTrue(setting.summary().tooLarge());
    }

    @Test
    void fewElementsHaveNoStatistics() {
        Setting setting = new Setting(DType.F32, 17);
        setting.cluster = 1;
        setting.off = i -> i < 63 ? 9 : Double.NaN;
        assertEquals(0, setting.summary().clusters());
        setting.off = i -> i < 64 ? 9 : Double.NaN;
        assertEquals(64, setting.summary().clusters());
        assertTrue(setting.summary().tooLarge());
    }

    @Test
    void piecesGiveTheSameAsTheWhole() {
        Setting setting = new Setting(DType.F32, 12);
        ErrorStatistics.Summary whole = setting.summary();
        for (long cluster : new long[] {64, 16, 7, 1}) {
            setting.cluster = cluster;
            ErrorBound bound = new ErrorBound(DType.F32, ComputeContract.STRICT, SHAPE.elements());
            ErrorStatistics statistics = new ErrorStatistics(SHAPE, bound, cluster);
            for (Region region : new Region[] {
                Region.of(new long[] {0, 0}, 64, 20), Region.of(new long[] {0, 20}, 64, 44),
            }) {
                ExpectedBlock block = new ExpectedBlock();
                block.reset(region);
                double[] got = new double[block.elements()];
                for (int i = 0; i < got.length; i++) {
                    int number = (int) region.number(SHAPE, i);
                    block.values()[i] = setting.want.applyAsDouble(number);
                    block.sigmas()[i] = SIGMA;
                    got[i] = DType.F32.round(block.values()[i] + SIGMA * setting.off.applyAsDouble(number));
                }
                statistics.take(block, region, got);
            }
            ErrorStatistics.Summary pieces = statistics.summary();
            assertEquals(whole.elements(), pieces.elements());
            assertEquals(whole.rms(), pieces.rms(), 1e-3, "clusters of " + cluster);
            assertEquals(Math.ceilDiv(SHAPE.elements(), cluster), pieces.clusters());
        }
    }

    /// Sizes 1.2 and 1.3, signs by chance: the limit of r is 1.25, so that of its square is 1.5625.
    @Test
    void theLimitIsOneOfTheRatioAndNotOfItsSquare() {
        Setting setting = new Setting(DType.F32, 13);
        IntToDoubleFunction normal = setting.off;
        setting.off = i -> Math.copySign(1.2, normal.applyAsDouble(i));
        assertFalse(setting.summary().tooLarge());
        setting.off = i -> Math.copySign(1.3, normal.applyAsDouble(i));
        assertTrue(setting.summary().tooLarge());
    }

    /// Eight clusters have no spread worth the name.
    @Test
    void fewClustersHaveNoBias() {
        Setting setting = new Setting(DType.F32, 14);
        setting.cluster = 512;
        setting.off = i -> 0.9;
        assertEquals(0, setting.summary().biasZ());
        assertFalse(setting.summary().biased());
    }

    @Test
    void rowsOfTheSameValuesInAnotherOrderAreNoRepetition() {
        Setting setting = new Setting(DType.F32, 15);
        setting.want = i -> 1 + (i + i / 64) % 64 / 64.0;
        assertEquals(1, setting.summary().rms(), 0.1);
    }

    @Test
    void aNumberThatBecameNanLeavesTheStatisticsOfTheOthers() {
        Setting setting = new Setting(DType.F32, 16);
        IntToDoubleFunction normal = setting.off;
        setting.off = i -> i == 5 ? Double.NaN : normal.applyAsDouble(i);
        ErrorStatistics.Summary summary = setting.summary();
        assertEquals(4095, summary.elements());
        assertEquals(1, summary.rms(), 0.1);
    }

    /// With D = 2σ, v = 5σ²: errors of 2σ are 0.9 of it, and a mean of 1.5σ lies within D.
    @Test
    void theDeterministicErrorIsExplained() {
        Setting setting = new Setting(DType.F32, 17);
        setting.deterministic = 2 * SIGMA;
        IntToDoubleFunction normal = setting.off;
        setting.off = i -> Math.copySign(2, normal.applyAsDouble(i));
        assertEquals(0.894, setting.summary().rms(), 0.001);
        assertFalse(setting.summary().tooLarge());
        setting.off = i -> 1.5;
        assertFalse(setting.summary().biased());
        setting.off = i -> 2.5;
        assertTrue(setting.summary().biased());
    }

    /// The exact values lie 0.4 ulps above the doubles that stand for them; the device returns the doubles.
    @Test
    void theLowPartOfTheExpectationCounts() {
        Setting setting = new Setting(DType.F64, 18);
        IntToDoubleFunction want = setting.want;
        setting.want = i -> Math.abs(want.applyAsDouble(i));
        setting.low = 0.4 * Math.ulp(1.0);
        setting.sigma = 0.1 * Math.ulp(1.0);
        setting.off = i -> 0;
        // v = (0.01 + 1/12) ulp², and the rounding of the exact value errs by 0.16 ulp² instead of ulp²/12.
        double structure = (0.16 - 1 / 12.0) / (0.01 + 1 / 12.0);
        assertEquals(
                Math.sqrt(0.16 / (0.01 + 1 / 12.0) / (1 + structure)),
                setting.summary().rms(),
                1e-9);
    }

    @Test
    void theSignOfABiasIsThatOfTheErrors() {
        Setting setting = new Setting(DType.F32, 19);
        IntToDoubleFunction normal = setting.off;
        setting.off = i -> 0.9 * normal.applyAsDouble(i) - 0.33;
        assertTrue(setting.summary().biasZ() < -7);
        setting.off = i -> 0.9 * normal.applyAsDouble(i) + 0.33;
        assertTrue(setting.summary().biasZ() > 7);
    }

    /// All values lie 0.7 ulps above a bf16 number: the nearest is 0.3 above each, and returned.
    @Test
    void roundingsThatAgreeAreNoBias() {
        Setting setting = new Setting(DType.BF16, 20);
        IntToDoubleFunction want = setting.want;
        setting.want = i -> DType.BF16.round(1 + 0.9 * (Math.abs(want.applyAsDouble(i)) - 1)) + 0.7 * 0x1p-7;
        setting.sigma = 0x1p-20;
        setting.off = i -> 0;
        ErrorStatistics.Summary summary = setting.summary();
        assertTrue(summary.elements() > 4000);
        assertFalse(summary.biased(), summary.toString());
    }

    @Test
    void aMeanThatIsAlmostNothingIsNoBiasHoweverCertain() {
        Setting setting = new Setting(DType.F32, 21);
        setting.off = i -> 0.05;
        assertFalse(setting.summary().biased());
        setting.off = i -> 0.15;
        assertTrue(setting.summary().biased());
    }

    /// 2^19 elements, twice what is looked at: every second cluster counts, also where boxes cut it.
    @Test
    void ofALargeOutputEverySecondClusterIsLookedAt() {
        Shape shape = Shape.of(1024, 512);
        Random random = new Random(22);
        double[] want = random.doubles(shape.elements(), 1, 2).toArray();
        for (int cluster : new int[] {512, 96}) {
            double[] got = new double[want.length];
            for (int i = 0; i < got.length; i++) {
                boolean looked = i / cluster % 2 == 0;
                got[i] = DType.F32.round(want[i] + SIGMA * (looked ? random.nextGaussian() : 100));
            }
            ErrorBound bound = new ErrorBound(DType.F32, ComputeContract.STRICT, shape.elements());
            ErrorStatistics statistics = new ErrorStatistics(shape, bound, cluster);
            for (long column : new long[] {0, 200}) {
                Region region = Region.of(new long[] {0, column}, 1024, column == 0 ? 200 : 312);
                ExpectedBlock block = new ExpectedBlock();
                block.reset(region);
                double[] part = new double[block.elements()];
                for (int i = 0; i < part.length; i++) {
                    int number = (int) region.number(shape, i);
                    block.values()[i] = want[number];
                    block.sigmas()[i] = SIGMA;
                    part[i] = got[number];
                }
                statistics.take(block, region, part);
            }
            ErrorStatistics.Summary summary = statistics.summary();
            assertEquals(1 << 18, (double) summary.elements(), cluster);
            assertEquals(Math.ceilDiv(1 << 19, 2 * cluster), summary.clusters());
            assertEquals(1, summary.rms(), 0.02);
            assertFalse(summary.tooLarge() || summary.biased());
        }
    }
}
