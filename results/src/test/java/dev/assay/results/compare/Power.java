package dev.assay.results.compare;

import dev.assay.results.SampleRow;
import dev.assay.results.compare.Calibration.CaseNoise;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;

/// How often the rules of a comparison say what, over simulated rounds. `.ci/power` prints it as a table.
final class Power {
    private static final double CONFIDENCE = 0.95;
    private static final int ARMS = 4;

    /// Part of a round's own noise that its arms have in common: the smallest samples of two arms then
    /// have correlations of 0.4 to 0.6. What was measured stands in docs/comparison.md.
    static final double SHARED = 0.7;

    private Power() {}

    /// What is simulated.
    ///
    /// @param cv coefficient of variation of a single sample
    /// @param shared part of a round's own noise that its arms have in common
    /// @param change true ratio of candidate to base
    /// @param marginPct of the policy
    record Setting(Noise noise, double cv, double shared, int iterations, int rounds, double change, double marginPct) {
        /// Arms that have no noise in common.
        Setting(Noise noise, double cv, int iterations, int rounds, double change, double marginPct) {
            this(noise, cv, 0, iterations, rounds, change, marginPct);
        }

        Setting rounds(int count) {
            return new Setting(noise, cv, shared, iterations, count, change, marginPct);
        }

        Setting changed(double ratio, double margin) {
            return new Setting(noise, cv, shared, iterations, rounds, ratio, margin);
        }

        double[][] measured(Random random, int arms, int count) {
            return noise.rounds(random, cv, shared, arms, count, iterations);
        }
    }

    /// Shares of the words over this many comparisons without a calibration.
    static Map<Change, Double> shares(Setting setting, boolean isPaired, int trials, long seed) {
        Random random = new Random(seed);
        Map<Change, Integer> counts = new EnumMap<>(Change.class);
        for (int trial = 0; trial < trials; trial++) {
            Decision.Inputs inputs =
                    new Decision.Inputs(Detectable.logarithm(setting.marginPct()), 0, OptionalDouble.empty(), "", "");
            counts.merge(decided(random, setting, isPaired, inputs), 1, Integer::sum);
        }
        return shares(counts, trials);
    }

    private static Change decided(Random random, Setting setting, boolean isPaired, Decision.Inputs inputs) {
        double[][] arms = setting.measured(random, 2, setting.rounds());
        double[] base = logarithms(arms[0], 1);
        double[] candidate = logarithms(arms[1], setting.change());
        Effect effect;
        if (isPaired) {
            for (int i = 0; i < base.length; i++) {
                candidate[i] -= base[i];
            }
            effect = Effect.paired(candidate, CONFIDENCE);
        } else {
            effect = Effect.unpaired(base, candidate, CONFIDENCE);
        }
        return Decision.of(effect, inputs).change();
    }

    private static double[] logarithms(double[] values, double factor) {
        return Arrays.stream(values).map(value -> Math.log(factor * value)).toArray();
    }

    private static Map<Change, Double> shares(Map<Change, Integer> counts, int trials) {
        Map<Change, Double> shares = new EnumMap<>(Change.class);
        for (Change change : Change.values()) {
            shares.put(change, counts.getOrDefault(change, 0) / (double) trials);
        }
        return shares;
    }

    /// Shares where the machine was calibrated first, in each trial anew, and the true change is a part
    /// of what the calibration says can be detected.
    ///
    /// @param part 1 injects just that
    /// @param ofMargin the policy's margin as a part of the injected change
    static Map<Change, Double> calibrated(
            Setting setting, int calibrationRounds, double part, double ofMargin, int trials, long seed) {
        Random random = new Random(seed);
        Map<Change, Integer> counts = new EnumMap<>(Change.class);
        for (int trial = 0; trial < trials; trial++) {
            CaseNoise measured = calibration(random, setting, calibrationRounds);
            double detectable =
                    measured.detectable(setting.rounds(), CONFIDENCE).orElseThrow();
            double change = part * detectable;
            double floor = Detectable.logarithm(measured.noiseFloorPct())
                    * Math.sqrt(Math.max(1, (double) calibrationRounds / setting.rounds()));
            Setting injected = setting.changed(Math.exp(change), Detectable.percent(ofMargin * change));
            Decision.Inputs inputs =
                    new Decision.Inputs(ofMargin * change, floor, OptionalDouble.of(detectable), "", "");
            counts.merge(decided(random, injected, true, inputs), 1, Integer::sum);
        }
        return shares(counts, trials);
    }

    private static CaseNoise calibration(Random random, Setting setting, int rounds) {
        List<List<SampleRow>> arms = new ArrayList<>();
        for (double[] values : setting.measured(random, ARMS, rounds)) {
            arms.add(new Runs().timed("a/b", values).samples());
        }
        return Calibration.of("box", "acme-npu", "", arms).cases().getFirst();
    }

    /// Found to be slower, by more than the margin or not.
    static double found(Map<Change, Double> shares) {
        return of(shares, Change.REGRESSED) + of(shares, Change.SLOWER);
    }

    static double of(Map<Change, Double> shares, Change change) {
        return shares.getOrDefault(change, 0.0);
    }

    /// Prints the tables of `docs/comparison.md`.
    public static void main(String[] arguments) {
        int trials = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 4000;
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println("Equal builds, margin 5 %, 5 iterations a round, " + trials + " comparisons a line:\n");
        header(
                out,
                "noise",
                "cv of a sample",
                "design",
                "rounds",
                "regressed",
                "slower or faster",
                "improved",
                "same",
                "inconclusive");
        for (Noise noise : Noise.values()) {
            for (double cv : new double[] {0.03, 0.3}) {
                for (boolean isPaired : new boolean[] {true, false}) {
                    for (int rounds : new int[] {6, 10, 15, 20}) {
                        Map<Change, Double> shares =
                                shares(new Setting(noise, cv, 5, rounds, 1, 5), isPaired, trials, 1);
                        line(
                                out,
                                word(noise),
                                pct(cv),
                                isPaired ? "paired" : "unpaired",
                                rounds + "",
                                share(of(shares, Change.REGRESSED)),
                                share(of(shares, Change.SLOWER) + of(shares, Change.FASTER)),
                                share(of(shares, Change.IMPROVED)),
                                share(of(shares, Change.SAME)),
                                share(of(shares, Change.INCONCLUSIVE)));
                    }
                }
            }
        }
        out.println("\nA slowdown, paired, margin 5 %, 5 iterations a round:\n");
        header(
                out,
                "noise",
                "shared",
                "cv of a sample",
                "slowdown",
                "regressed at 6 rounds",
                "10",
                "15",
                "20",
                "30",
                "60",
                "slower or regressed at 15",
                "rounds for 90 %");
        for (Noise noise : Noise.values()) {
            for (double shared : new double[] {0, SHARED}) {
                for (double[] pair : new double[][] {{0.03, 1.1}, {0.1, 1.2}, {0.3, 1.2}, {0.3, 1.3}, {0.3, 1.5}}) {
                    slowdown(out, new Setting(noise, pair[0], shared, 5, 15, pair[1], 5), trials);
                }
            }
        }
        out.println("\nA slowdown of just what a calibration of 4 arms and 15 rounds calls detectable, and of half of"
                + " it; the margin is two thirds of the slowdown:\n");
        header(
                out,
                "noise",
                "cv of a sample",
                "rounds",
                "found at 1",
                "same at 1",
                "found at 1/2",
                "same at 1/2",
                "unmeasurable at 1/2");
        for (Noise noise : Noise.values()) {
            for (double cv : new double[] {0.03, 0.3}) {
                for (int rounds : new int[] {6, 8, 10, 15, 20, 30}) {
                    Setting setting = new Setting(noise, cv, 5, rounds, 1, 5);
                    Map<Change, Double> whole = calibrated(setting, 15, 1, 2.0 / 3, trials / 4, 3);
                    Map<Change, Double> half = calibrated(setting, 15, 0.5, 2.0 / 3, trials / 4, 4);
                    line(
                            out,
                            word(noise),
                            pct(cv),
                            rounds + "",
                            share(found(whole)),
                            share(of(whole, Change.SAME)),
                            share(found(half)),
                            share(of(half, Change.SAME)),
                            share(of(half, Change.UNMEASURABLE)));
                }
            }
        }
    }

    private static void slowdown(PrintStream out, Setting setting, int trials) {
        List<String> cells = new ArrayList<>(
                List.of(word(setting.noise()), pct(setting.shared()), pct(setting.cv()), pct(setting.change() - 1)));
        for (int rounds : new int[] {6, 10, 15, 20, 30, 60}) {
            cells.add(share(of(shares(setting.rounds(rounds), true, trials, 2), Change.REGRESSED)));
        }
        cells.add(share(found(shares(setting, true, trials, 2))));
        cells.add(enough(setting, trials / 4));
        line(out, cells.toArray(String[]::new));
    }

    private static String enough(Setting setting, int trials) {
        for (int rounds = 6; rounds <= 150; rounds += rounds < 30 ? 1 : 5) {
            if (of(shares(setting.rounds(rounds), true, trials, 5), Change.REGRESSED) >= 0.9) {
                return rounds + "";
            }
        }
        return "above 150";
    }

    private static String word(Noise noise) {
        return noise.name().toLowerCase(Locale.ROOT);
    }

    private static String pct(double part) {
        return Math.round(100 * part) + " %";
    }

    private static String share(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static void header(PrintStream out, String... cells) {
        line(out, cells);
        out.println("|---".repeat(cells.length) + "|");
    }

    private static void line(PrintStream out, String... cells) {
        out.println("| " + String.join(" | ", cells) + " |");
    }
}
