package dev.assay.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.results.SampleRow;
import dev.assay.results.compare.Calibration.CaseNoise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationTest {
    /// Rounds of one case whose logarithms have this standard deviation.
    private static List<SampleRow> arm(Random random, int rounds, double sigma) {
        Runs run = new Runs();
        double[] values = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            values[i] = 100 * Math.exp(sigma * random.nextGaussian());
        }
        return run.timed(Runs.CASE, values).samples();
    }

    private static Calibration measured(int arms, int rounds, double sigma) {
        Random random = new Random(7);
        return Calibration.of(
                "box-1",
                "acme-npu",
                "",
                java.util.stream.IntStream.range(0, arms)
                        .mapToObj(i -> arm(random, rounds, sigma))
                        .toList());
    }

    @Test
    void sigmaIsThatOfTheRatioOfTwoRounds() {
        CaseNoise noise = measured(4, 60, 0.1).cases().getFirst();
        assertEquals(0.1 * Math.sqrt(2), noise.sigma(), 0.02);
    }

    @Test
    void noiseFloorIsWhatOneInTwentySplitsExceeds() {
        // θ of 60 normal differences has the standard deviation σ √2 √(π/3) / √60; 95 % of |θ| lie below 1.96 times it.
        double expected = 100 * Math.expm1(1.96 * 0.1 * Math.sqrt(2) * Math.sqrt(Math.PI / 3 / 60));
        Calibration calibration = measured(4, 60, 0.1);
        assertEquals(expected, calibration.cases().getFirst().noiseFloorPct(), 0.3 * expected);
        assertEquals(expected, calibration.noiseFloorPct(), 0.3 * expected);
    }

    /// Of normal noise the formula of the signed-rank test, (z_0.975 + z_0.8) σ √(π/3) / √R, is the
    /// least that can be detected; what is printed is more, as it allows for few rounds and for an
    /// error of the calibration.
    @Test
    void detectableChangeIsAboveTheFormulaOfLargeSamples() {
        CaseNoise noise = measured(4, 60, 0.1).cases().getFirst();
        for (int rounds : new int[] {6, 10, 15, 30}) {
            double formula = Math.expm1(Detectable.logarithm(0.1 * Math.sqrt(2), rounds, 0.95));
            double printed = noise.detectablePct().getOrDefault(rounds, 0.0) / 100;
            assertTrue(printed > formula && printed < 1.9 * formula, rounds + " rounds: " + printed + ", " + formula);
        }
    }

    @Test
    void detectableChangeOfOtherNumbersOfRoundsFollowsTheRoot() {
        CaseNoise noise = measured(2, 20, 0.1).cases().getFirst();
        double at15 = Detectable.logarithm(noise.detectablePct().getOrDefault(15, 0.0));
        assertEquals(at15, noise.detectable(15, 0.95).orElseThrow(), 1e-12);
        assertEquals(at15 * Math.sqrt(15.0 / 18), noise.detectable(18, 0.95).orElseThrow(), 1e-12);
        assertTrue(noise.detectable(15, 0.99).orElseThrow() > at15);
        double at6 = Detectable.logarithm(noise.detectablePct().getOrDefault(6, 0.0));
        assertEquals(at6 * Math.sqrt(6 / 4.5), noise.detectable(4.5, 0.95).orElseThrow(), 1e-12);
    }

    @Test
    void equalBuildsWithoutNoiseHaveNoFloor() {
        List<SampleRow> arm = new Runs().timed(Runs.CASE, 5, 5, 5, 5, 5, 5).samples();
        Calibration calibration = Calibration.of("box-1", "acme-npu", "", List.of(arm, arm));
        assertEquals(0, calibration.noiseFloorPct());
        assertEquals(0, calibration.cases().getFirst().sigma());
    }

    @Test
    void modelledTimesAreNotNoise() {
        List<SampleRow> arm =
                new Runs().clock("modelled").timed(Runs.CASE, 5, 5, 5, 5).samples();
        HarnessException told =
                assertThrows(HarnessException.class, () -> Calibration.of("box-1", "acme-npu", "", List.of(arm, arm)));
        assertTrue(told.getMessage().contains("no case with 3 rounds"), told.getMessage());
    }

    @Test
    void oneArmIsRefused() {
        List<SampleRow> arm = arm(new Random(1), 10, 0.1);
        assertThrows(HarnessException.class, () -> Calibration.of("box-1", "acme-npu", "", List.of(arm)));
    }

    @Test
    void sameSamplesGiveTheSameBytes() {
        assertEquals(
                dev.assay.results.Json.pretty(measured(3, 12, 0.2)),
                dev.assay.results.Json.pretty(measured(3, 12, 0.2)));
    }

    @Test
    void isReadAsItWasWritten(@TempDir Path folder) throws IOException {
        Calibration calibration = measured(2, 10, 0.1).with(new Calibration.Peaks(1e10, Map.of("f32", 2e11)));
        Path file = folder.resolve("calibration.json");
        calibration.write(file);
        assertEquals(calibration, Calibration.read(file));
    }

    @Test
    void aFileThatIsNoCalibrationIsRefusedWithItsLine(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("calibration.json");
        measured(2, 10, 0.1).write(file);
        Files.writeString(file, Files.readString(file).replace("\"rounds\" :", "\"round\" :"));
        HarnessException told = assertThrows(HarnessException.class, () -> Calibration.read(file));
        assertTrue(
                told.getMessage().contains("'rounds'") && told.getMessage().contains("calibration.json, line "),
                told.getMessage());
    }

    @Test
    void anotherSchemaIsRefused(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("calibration.json");
        measured(2, 10, 0.1).write(file);
        Files.writeString(file, Files.readString(file).replace("\"schema\" : 1", "\"schema\" : 2"));
        HarnessException told = assertThrows(HarnessException.class, () -> Calibration.read(file));
        assertTrue(told.getMessage().contains("schema 2, not 1"), told.getMessage());
    }
}
