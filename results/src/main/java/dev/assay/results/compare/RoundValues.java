package dev.assay.results.compare;

import dev.assay.results.SampleRow;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// One number for each round of a case by one clock: the smallest sample, over all forks and iterations
/// of the round.
///
/// What disturbs a measurement makes it longer, so the smallest sample is the least disturbed one; on a
/// shared machine it found a slowdown of 20 % in 15 rounds in 77 % of tries, where the median of each
/// round found 50 %.
///
/// @param unit of the values
/// @param least by round, all positive
record RoundValues(String unit, Map<Integer, Double> least) {
    RoundValues {
        least = new TreeMap<>(least);
    }

    /// What samples are told apart by, besides their case.
    record Watch(String metric, String clock) implements Comparable<Watch> {
        static final String MODELLED = "modelled";

        /// Whether it shows a computed time: the same whenever it is asked.
        boolean isModelled() {
            return clock.equals(MODELLED);
        }

        @Override
        public int compareTo(Watch other) {
            int order = metric.compareTo(other.metric);
            return order == 0 ? clock.compareTo(other.clock) : order;
        }

        @Override
        public String toString() {
            return metric + " by clock " + clock;
        }
    }

    /// Of samples of one case.
    static Map<Watch, RoundValues> of(Collection<SampleRow> samples) {
        Map<Watch, RoundValues> values = new TreeMap<>();
        for (SampleRow sample : samples) {
            values.computeIfAbsent(
                            new Watch(sample.metric(), sample.clock()),
                            watch -> new RoundValues(sample.unit(), new TreeMap<>()))
                    .least
                    .merge(sample.round(), sample.value(), Math::min);
        }
        return values;
    }

    int rounds() {
        return least.size();
    }

    /// Throws IllegalArgumentException if there is no such round.
    double at(int round) {
        Double value = least.get(round);
        if (value == null) {
            throw new IllegalArgumentException("no round " + round);
        }
        return value;
    }

    /// Whether every value has a logarithm: a clock that is too coarse shows zero.
    boolean arePositive() {
        return least.values().stream().allMatch(value -> value > 0 && Double.isFinite(value));
    }

    /// Whether all rounds show the same.
    boolean areEqual() {
        return least.values().stream().distinct().count() == 1;
    }

    /// These rounds alone, as far as they are here.
    RoundValues only(Set<Integer> rounds) {
        Map<Integer, Double> left = new TreeMap<>(least);
        left.keySet().retainAll(rounds);
        return new RoundValues(unit, left);
    }

    /// Logarithms of the ratios of the rounds that both have.
    double[] differences(RoundValues candidate) {
        return least.keySet().stream()
                .filter(candidate.least::containsKey)
                .mapToDouble(round -> Math.log(candidate.at(round) / at(round)))
                .toArray();
    }

    double[] logarithms() {
        return least.values().stream().mapToDouble(Math::log).toArray();
    }

    double median() {
        return Effect.median(least.values().stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray());
    }
}
