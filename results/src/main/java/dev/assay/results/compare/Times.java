package dev.assay.results.compare;

import dev.assay.results.CaseRow;
import dev.assay.results.SampleRow;
import dev.assay.results.compare.RoundValues.Watch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;

/// Compares the times of a case that passed on both sides.
final class Times {
    private final Pair pair;
    private final boolean isPaired;
    private final Optional<Effect> drift;
    private final NoiseFloors floors;

    /// @param drift of the control kernels; empty if there are none, or the rounds are paired
    Times(Pair pair, Optional<Effect> drift) {
        this.pair = pair;
        this.isPaired = pair.isPaired();
        this.drift = drift;
        this.floors = new NoiseFloors(pair);
    }

    /// One row for each clock that either side has.
    List<CompareRow> rows(
            CaseRow before,
            CaseRow after,
            Collection<SampleRow> beforeSamples,
            Collection<SampleRow> afterSamples,
            List<String> obstacles) {
        Map<Watch, RoundValues> base = RoundValues.of(beforeSamples);
        Map<Watch, RoundValues> candidate = RoundValues.of(afterSamples);
        Set<Watch> watches = new TreeSet<>(base.keySet());
        watches.addAll(candidate.keySet());
        List<CompareRow> rows = new ArrayList<>();
        for (Watch watch : watches) {
            RowBuilder row = RowBuilder.of(pair, before, after, watch);
            RoundValues one = base.get(watch);
            RoundValues other = candidate.get(watch);
            if (one == null || other == null) {
                Set<Watch> there = one == null ? base.keySet() : candidate.keySet();
                String side = one == null ? "base" : "candidate";
                rows.add(row.decided(new Decision(
                        Change.INCOMPARABLE,
                        there.isEmpty()
                                ? "not timed in the " + side
                                : "the clock differs: the " + side + " has " + String.join(", ", words(there)))));
            } else {
                rows.add(compared(row, before, after, watch, one, other, obstacles));
            }
        }
        return rows;
    }

    private static List<String> words(Set<Watch> watches) {
        return watches.stream().map(Watch::toString).toList();
    }

    private CompareRow compared(
            RowBuilder row,
            CaseRow before,
            CaseRow after,
            Watch watch,
            RoundValues base,
            RoundValues candidate,
            List<String> obstacles) {
        row.values(base, candidate);
        List<String> against = new ArrayList<>(obstacles);
        if (!before.caseHash().equals(after.caseHash())) {
            against.add("the case means something else in the candidate");
        }
        against.addAll(pair.obstaclesOfTime(before, after, watch.isModelled()));
        if (!base.unit().equals(candidate.unit())) {
            against.add("the unit differs: " + base.unit() + " in the base, " + candidate.unit() + " in the candidate");
        }
        if (!base.arePositive() || !candidate.arePositive()) {
            against.add("a sample is not above zero: the clock is too coarse");
        }
        if (!against.isEmpty()) {
            return row.decided(new Decision(Change.INCOMPARABLE, String.join("; ", against)));
        }
        return watch.isModelled() ? exact(row, after, base, candidate) : measured(row, after, watch, base, candidate);
    }

    /// A model has no noise: what differs at all is a change, and rounds only show whether it repeats
    /// itself.
    private CompareRow exact(RowBuilder row, CaseRow after, RoundValues base, RoundValues candidate) {
        row.design("exact");
        if (!base.areEqual() || !candidate.areEqual()) {
            return row.decided(new Decision(
                    Change.INCOMPARABLE,
                    "modelled times differ from round to round in the " + (base.areEqual() ? "candidate" : "base")));
        }
        double effect = Math.log(candidate.median() / base.median());
        double wanted = wanted(after);
        row.exactly(candidate.median() / base.median()).margin(wanted);
        return row.decided(Decision.exact(effect, wanted));
    }

    private double wanted(CaseRow after) {
        return Detectable.logarithm(pair.options().marginPct().applyAsDouble(after.key()));
    }

    private CompareRow measured(RowBuilder row, CaseRow after, Watch watch, RoundValues base, RoundValues candidate) {
        double confidence = pair.options().confidence();
        Measured measured = isPaired
                ? Measured.paired(row, base, candidate, confidence)
                : Measured.unpaired(row, base, candidate, confidence);
        NoiseFloors.Noise noise = floors.of(after, watch, measured.worth());
        OptionalDouble calibrated = noise.detectable();
        Decision.Inputs inputs = new Decision.Inputs(
                wanted(after), noise.floor().orElse(0), calibrated, measured.rounds(), measured.enough());
        row.effect(measured.effect())
                .margin(inputs.margin())
                .floor(noise.floor())
                .detectable(calibrated.orElse(Detectable.logarithm(measured.sigma(), measured.worth(), confidence)));
        if (drift.isPresent()) {
            row.drift(drift.get().estimate());
            if (!drift.get().isShownWithin(inputs.margin())) {
                return row.decided(new Decision(
                        Change.INCOMPARABLE,
                        "the machine itself may have changed by more than the margin: control kernels by "
                                + drift.get().words()));
            }
        }
        Decision decision = Decision.of(measured.effect(), inputs);
        return row.decided(new Decision(decision.change(), decision.reason() + measured.note()));
    }
}
