package dev.assay.results.compare;

import dev.assay.results.CaseRow;
import dev.assay.results.CellText;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/// Goes through the cases of two runs side by side, as both are in the order of their keys.
final class Join {
    private final Pair pair;
    private final List<CompareRow> rows = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();
    private final Map<String, List<String>> obstacles = new TreeMap<>();
    private final Map<String, Integer> otherwise = new TreeMap<>();
    private long base;
    private long candidate;
    private long both;
    private long passed;
    private long timed;

    Join(Pair pair) {
        this.pair = pair;
    }

    void run() throws IOException {
        Optional<Effect> drift = pair.isPaired() ? Optional.empty() : Controls.drift(pair);
        Times times = new Times(pair, drift);
        try (CaseCursor before = new CaseCursor(pair.base());
                CaseCursor after = new CaseCursor(pair.candidate())) {
            while (true) {
                CaseRow one = before.row();
                CaseRow other = after.row();
                if (one == null && other == null) {
                    break;
                }
                int order =
                        one == null ? 1 : other == null ? -1 : pair.matched(one).compareTo(pair.matched(other));
                if (one != null && order < 0) {
                    base++;
                    Correctness.ofMissing(one)
                            .ifPresent(decision ->
                                    rows.add(RowBuilder.ofMissing(pair, one).decided(decision)));
                    before.advance();
                } else if (other != null && order > 0) {
                    candidate++;
                    Correctness.ofNew(other)
                            .ifPresent(decision ->
                                    rows.add(RowBuilder.ofNew(pair, other).decided(decision)));
                    after.advance();
                } else if (one != null && other != null) {
                    matched(times, before, after, one, other);
                    before.advance();
                    after.advance();
                }
            }
        }
        remark(drift);
    }

    private void matched(Times times, CaseCursor before, CaseCursor after, CaseRow one, CaseRow other)
            throws IOException {
        base++;
        candidate++;
        both++;
        List<String> against = obstacles.computeIfAbsent(one.suite(), pair::obstacles);
        Optional<Decision> decision = Correctness.of(one, other, against);
        decision.ifPresent(result ->
                rows.add(RowBuilder.of(pair, one, other, RowBuilder.RESULT).decided(result)));
        if (decision.isEmpty() && one.verdict() != other.verdict()) {
            otherwise.merge(one.verdict().word() + " -> " + other.verdict().word(), 1, Integer::sum);
        }
        if (one.verdict() == Verdict.PASS && other.verdict() == Verdict.PASS) {
            passed++;
            List<CompareRow> own = times.rows(one, other, before.samples(one), after.samples(other), against);
            timed += own.stream().anyMatch(row -> row.nBase() != null) ? 1 : 0;
            rows.addAll(own);
        }
    }

    private void remark(Optional<Effect> drift) {
        new TreeSet<>(obstacles.values().stream().flatMap(List::stream).toList())
                .forEach(obstacle -> remarks.add("incomparable: " + obstacle));
        if (!pair.options().accepted().contains(Difference.HARDWARE)
                && !pair.base().hwClassId().equals(pair.candidate().hwClassId())) {
            remarks.add("incomparable times: the class of the machine differs: "
                    + pair.base().hwClassId() + " in the base, "
                    + pair.candidate().hwClassId() + " in the candidate");
        }
        pair.options().calibrations().stream()
                .map(Calibration::hwClassId)
                .filter(hardware -> !hardware.equals(pair.candidate().hwClassId()))
                .distinct()
                .forEach(hardware -> remarks.add("the calibration of " + CellText.harmless(hardware)
                        + " is not used: the candidate ran on "
                        + pair.candidate().hwClassId()));
        if (both == 0 && base > 0 && candidate > 0) {
            remarks.add("no case in common; backends of the base: " + labels(pair.base()) + ", of the candidate: "
                    + labels(pair.candidate()));
        }
        otherwise.forEach((change, count) ->
                remarks.add(count + (count == 1 ? " case ended" : " cases ended") + " otherwise: " + change));
        if (timed > 0 && !pair.isPaired()) {
            remarks.add(drift.map(shift -> "not interleaved; control kernels changed by " + shift.words())
                    .orElse("not interleaved, and no control kernels in both: a change of the machine cannot be told"
                            + " from one of the backend"));
        }
    }

    private static List<String> labels(Side side) {
        return side.backends().stream().map(BackendRef::label).toList();
    }

    List<CompareRow> rows() {
        return Comparison.sorted(rows);
    }

    Totals totals() {
        return new Totals(base, candidate, both, passed, timed);
    }

    List<String> remarks() {
        return List.copyOf(remarks);
    }
}
