package dev.assay.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.results.compare.Power.Setting;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `.ci/power` measures at length, in short: fixed seeds, and limits that the true shares keep
/// with room for chance.
class PowerTest {
    private static final int TRIALS = 400;

    @ParameterizedTest
    @CsvSource({"SYMMETRIC, 0.03, true", "SYMMETRIC, 0.3, true", "CONTENTION, 0.3, true", "SYMMETRIC, 0.3, false"})
    void equalBuildsHardlyEverRegress(Noise noise, double cv, boolean isPaired) {
        Map<Change, Double> shares = Power.shares(new Setting(noise, cv, 5, 15, 1, 5), isPaired, 10 * TRIALS, 21);
        assertTrue(Power.of(shares, Change.REGRESSED) <= 0.01, shares.toString());
        assertTrue(Power.of(shares, Change.SLOWER) + Power.of(shares, Change.FASTER) <= 0.07, shares.toString());
    }

    @Test
    void tenPerCentAreFoundInFifteenQuietRounds() {
        Map<Change, Double> shares = Power.shares(new Setting(Noise.SYMMETRIC, 0.03, 5, 15, 1.1, 5), true, TRIALS, 22);
        assertTrue(Power.of(shares, Change.REGRESSED) >= 0.95, shares.toString());
    }

    /// What other programs do to a machine they do to both arms of a round.
    @Test
    void thirtyPerCentAreFoundInFifteenNoisyRounds() {
        Setting setting = new Setting(Noise.CONTENTION, 0.3, Power.SHARED, 5, 15, 1.3, 5);
        Map<Change, Double> shares = Power.shares(setting, true, TRIALS, 27);
        assertTrue(Power.of(shares, Change.REGRESSED) >= 0.9, shares.toString());
        Map<Change, Double> equal = Power.shares(setting.changed(1, 5), true, 10 * TRIALS, 28);
        assertTrue(Power.of(equal, Change.REGRESSED) <= 0.01, equal.toString());
    }

    @Test
    void armsShareWhatTheySay() {
        for (Noise noise : Noise.values()) {
            double[][] apart = noise.rounds(new Random(29), 0.3, 0, 2, 4000, 5);
            double[][] together = noise.rounds(new Random(29), 0.3, Power.SHARED, 2, 4000, 5);
            assertEquals(0, correlation(apart), 0.05, noise.name());
            assertTrue(
                    correlation(together) > 0.35 && correlation(together) < 0.65, noise + " " + correlation(together));
        }
    }

    private static double correlation(double[][] arms) {
        double[] a = standardised(arms[0]);
        double[] b = standardised(arms[1]);
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] * b[i]).sum() / a.length;
    }

    /// Logarithms with mean 0 and variance 1.
    private static double[] standardised(double[] values) {
        double[] logarithms = Arrays.stream(values).map(Math::log).toArray();
        double mean = Arrays.stream(logarithms).average().orElseThrow();
        double variance = Arrays.stream(logarithms)
                .map(x -> (x - mean) * (x - mean))
                .average()
                .orElseThrow();
        return Arrays.stream(logarithms)
                .map(x -> (x - mean) / Math.sqrt(variance))
                .toArray();
    }

    @Test
    void equalQuietBuildsAreTheSame() {
        Map<Change, Double> shares = Power.shares(new Setting(Noise.CONTENTION, 0.03, 5, 15, 1, 5), true, TRIALS, 23);
        assertTrue(Power.of(shares, Change.SAME) >= 0.9, shares.toString());
    }

    @ParameterizedTest
    @CsvSource({"SYMMETRIC, 0.03, 10", "CONTENTION, 0.3, 15"})
    void whatACalibrationCallsDetectableIsFound(Noise noise, double cv, int rounds) {
        Setting setting = new Setting(noise, cv, 5, rounds, 1, 5);
        assertTrue(Power.found(Power.calibrated(setting, 15, 1, 0.5, 50, 24)) >= 0.75);
    }

    /// The margin is smaller than the change, and that smaller than what can be detected.
    @ParameterizedTest
    @CsvSource({"SYMMETRIC, 0.03", "CONTENTION, 0.3"})
    void belowThatAChangeIsNeverTheSame(Noise noise, double cv) {
        Map<Change, Double> shares = Power.calibrated(new Setting(noise, cv, 5, 10, 1, 5), 15, 0.5, 0.9, 25, 25);
        assertEquals(0, Power.of(shares, Change.SAME), shares.toString());
        assertTrue(Power.of(shares, Change.UNMEASURABLE) > 0.5, shares.toString());
    }

    @Test
    void noiseIsAsNoisyAsItSays() {
        Random random = new Random(26);
        for (Noise noise : Noise.values()) {
            double[] samples = new double[20_000];
            for (int i = 0; i < samples.length; i++) {
                samples[i] = noise.sample(0.3, random.nextGaussian(), random.nextGaussian());
            }
            double mean = Arrays.stream(samples).average().orElseThrow();
            double squares =
                    Arrays.stream(samples).map(x -> (x - mean) * (x - mean)).sum();
            assertEquals(0.3, Math.sqrt(squares / samples.length) / mean, 0.01, noise.name());
        }
    }
}
