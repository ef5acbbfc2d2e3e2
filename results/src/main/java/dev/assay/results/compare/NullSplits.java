package dev.assay.results.compare;

import dev.assay.HarnessException;
import dev.assay.results.RowKey;
import dev.assay.results.SampleRow;
import dev.assay.results.compare.Calibration.CaseNoise;
import dev.assay.results.compare.RoundValues.Watch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;

/// Deals the rounds of equal builds to two arms in many ways, and looks at how much these differ though
/// nothing does.
///
/// In each split every round gives one of its arms to the base and another one to the candidate, both
/// drawn anew.
final class NullSplits {
    private static final int SPLITS = 200;
    private static final long SEED = 20260101;
    private static final double SHARE = 0.95;
    private static final double CONFIDENCE = 0.95;

    private static final int DRAWS = 400;

    /// Share of tries in which a detectable change is found where the noise is exactly that of the
    /// calibration. The noise of a calibration of a dozen rounds is a little off itself: so that what
    /// is promised, 80 %, holds on the average over calibrations, this is more (`.ci/power` measures
    /// it).
    private static final double FOUND = 0.9;

    /// Fewer say nothing about how much rounds differ.
    private static final int FEWEST_ROUNDS = 3;

    private static final int[] ROUNDS = {6, 8, 10, 12, 15, 20, 30};

    private final int rounds;
    private final Map<Timed, List<RoundValues>> arms = new TreeMap<>();

    private record Timed(RowKey key, String caseHash, Watch watch) implements Comparable<Timed> {
        @Override
        public int compareTo(Timed other) {
            int order = text().compareTo(other.text());
            return order == 0 ? watch.compareTo(other.watch) : order;
        }

        private String text() {
            return key.suite() + "\0" + key.caseId() + "\0" + key.seed() + "\0" + caseHash;
        }
    }

    NullSplits(List<? extends Collection<SampleRow>> given) {
        if (given.size() < 2) {
            throw tooFew(given.size() + " arms; noise shows between two or more");
        }
        Set<Integer> seen = new TreeSet<>();
        for (Collection<SampleRow> arm : given) {
            Map<Timed, List<SampleRow>> byCase = new TreeMap<>();
            for (SampleRow sample : arm) {
                seen.add(sample.round());
                Watch watch = new Watch(sample.metric(), sample.clock());
                if (!watch.isModelled()) {
                    byCase.computeIfAbsent(
                                    new Timed(sample.key(), sample.caseHash(), watch), timed -> new ArrayList<>())
                            .add(sample);
                }
            }
            byCase.forEach((timed, samples) -> arms.computeIfAbsent(timed, one -> new ArrayList<>())
                    .add(RoundValues.of(samples).get(timed.watch())));
        }
        arms.values()
                .removeIf(values -> values.size() < 2
                        || !values.stream().allMatch(RoundValues::arePositive)
                        || common(values).size() < FEWEST_ROUNDS);
        if (arms.isEmpty()) {
            throw tooFew("no case with " + FEWEST_ROUNDS + " rounds in two arms, by a clock that measures");
        }
        rounds = seen.size();
    }

    private static HarnessException tooFew(String what) {
        return new HarnessException(
                "the machine cannot be calibrated from " + what,
                "samples of the arms",
                "measure at least two arms of the same build with 10 rounds or more");
    }

    private static List<Integer> common(List<RoundValues> values) {
        Set<Integer> common = new TreeSet<>(values.getFirst().least().keySet());
        values.forEach(arm -> common.retainAll(arm.least().keySet()));
        return List.copyOf(common);
    }

    Calibration calibration(String hwClassId, String backend, String backendOptions) {
        List<CaseNoise> cases = new ArrayList<>();
        List<double[]> all = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(SEED);
        arms.forEach((timed, values) -> {
            List<Integer> common = common(values);
            double[] shifts = shifts(values, common, random);
            all.add(shifts);
            double sigma = Detectable.sigma(differences(values, common));
            Map<Integer, Double> detectable = detectable(values, common, random);
            cases.add(new CaseNoise(
                    timed.key().suite(),
                    timed.key().caseId(),
                    timed.caseHash(),
                    timed.key().seed(),
                    timed.watch().metric(),
                    timed.watch().clock(),
                    Detectable.percent(percentile(shifts)),
                    sigma,
                    detectable));
        });
        double floor =
                percentile(all.stream().flatMapToDouble(Arrays::stream).sorted().toArray());
        return new Calibration(
                Calibration.SCHEMA,
                hwClassId,
                backend,
                backendOptions,
                rounds,
                SPLITS,
                SEED,
                Detectable.percent(floor),
                cases,
                Calibration.Peaks.UNKNOWN);
    }

    /// |θ| of each split, sorted.
    private static double[] shifts(List<RoundValues> values, List<Integer> common, SplittableRandom random) {
        double[] shifts = new double[SPLITS];
        double[] differences = new double[common.size()];
        for (int split = 0; split < SPLITS; split++) {
            for (int i = 0; i < differences.length; i++) {
                differences[i] = drawn(values, common.get(i), random);
            }
            shifts[split] = Math.abs(Effect.median(Effect.walsh(differences)));
        }
        Arrays.sort(shifts);
        return shifts;
    }

    /// In per cent, by number of rounds.
    ///
    /// Where the true effect is θ, the lower end of the interval is that of equal builds plus θ, as
    /// ranks do not change when all differences are shifted. So θ is found, with its lower end above
    /// zero, in the share of tries in which the lower end of equal builds exceeds -θ: the answer is a
    /// percentile of what equal builds give, whatever the distribution of the noise.
    private static Map<Integer, Double> detectable(
            List<RoundValues> values, List<Integer> common, SplittableRandom random) {
        Map<Integer, Double> detectable = new TreeMap<>();
        for (int count : ROUNDS) {
            int depth = SignedRank.distribution(count).depth((1 - CONFIDENCE) / 2);
            double[] ends = new double[DRAWS];
            double[] differences = new double[count];
            for (int draw = 0; draw < DRAWS; draw++) {
                for (int i = 0; i < count; i++) {
                    differences[i] = drawn(values, common.get(random.nextInt(common.size())), random);
                }
                ends[draw] = -Effect.walsh(differences)[depth - 1];
            }
            Arrays.sort(ends);
            detectable.put(count, Detectable.percent(Math.max(0, ends[(int) Math.ceil(FOUND * DRAWS) - 1])));
        }
        return detectable;
    }

    /// Of two arms of a round, both drawn.
    private static double drawn(List<RoundValues> values, int round, SplittableRandom random) {
        int one = random.nextInt(values.size());
        int other = random.nextInt(values.size() - 1);
        other += other >= one ? 1 : 0;
        return difference(values.get(one), values.get(other), round);
    }

    /// Of neighbouring arms, in each round.
    private static double[] differences(List<RoundValues> values, List<Integer> common) {
        double[] differences = new double[(values.size() - 1) * common.size()];
        int at = 0;
        for (int arm = 1; arm < values.size(); arm++) {
            for (int round : common) {
                differences[at++] = difference(values.get(arm - 1), values.get(arm), round);
            }
        }
        return differences;
    }

    private static double difference(RoundValues base, RoundValues candidate, int round) {
        return Math.log(candidate.at(round) / base.at(round));
    }

    /// The smallest value that at least this share does not exceed.
    private static double percentile(double[] sorted) {
        return sorted[Math.max(0, (int) Math.ceil(SHARE * sorted.length) - 1)];
    }
}
