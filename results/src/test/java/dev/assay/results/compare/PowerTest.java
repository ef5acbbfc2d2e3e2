package dev.assay.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.results.compare.Power.Setting;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
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
