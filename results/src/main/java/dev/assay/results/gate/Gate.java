package dev.assay.results.gate;

import dev.assay.results.CaseRow;
import dev.assay.results.CsvRows;
import dev.assay.results.CsvTable;
import dev.assay.results.Json;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RowKey;
import dev.assay.results.RunFolder;
import dev.assay.results.Verdict;
import dev.assay.results.compare.Change;
import dev.assay.results.compare.CompareRow;
import dev.assay.results.gate.Baselines.Base;
import dev.assay.results.gate.Reason.Kind;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Decides whether a run may be released. Rows are given one after another, in any order.
public final class Gate {
    private final Policy policy;
    private final Waivers waivers;
    private final LocalDate today;
    private final Manifest manifest;
    private final PlanFile plan;

    private final Map<RowKey, PlannedCase> unseen = new HashMap<>();
    private final List<Reason> reasons = new ArrayList<>();
    private final List<GateVerdict.Waived> waived = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Set<Waiver> needed = new HashSet<>();
    private final Set<Scope> met = new HashSet<>();
    private final Map<String, Integer> verdicts = new TreeMap<>();
    private final Map<String, Integer> changes = new TreeMap<>();
    /// Rows that were refused or not run, as the policy allows.
    private final Map<RowKey, CaseRow> skipped = new HashMap<>();

    private boolean compared;
    private String against = "";
    private String waiversSha256 = "";
    private final long planned;
    private long judged;
    private long passed;
    private long refused;
    private long announced;
    private long closing;
    private long waivedRows;
    private long outside;

    public Gate(Policy policy, Waivers waivers, LocalDate today, Manifest manifest, PlanFile plan) {
        this.policy = policy;
        this.waivers = waivers;
        this.today = today;
        this.manifest = manifest;
        this.plan = plan;
        for (PlannedCase one : plan.cases()) {
            for (BackendRef backend : plan.backends()) {
                if (one.isFor(backend)) {
                    unseen.put(one.key(backend), one);
                }
            }
        }
        this.planned = unseen.size();
    }

    /// Notes what was read, for the verdict.
    public void waiversAre(String sha256) {
        waiversSha256 = sha256;
    }

    /// Looks at every row of a run.
    public void see(RunFolder run) throws IOException {
        try (CsvRows<CaseRow> rows = new CsvTable<>(CaseRow.class).open(run.file(RunFolder.CASES))) {
            while (rows.advance()) {
                see(rows.row());
            }
        }
    }

    /// Looks at a row of the run.
    public void see(CaseRow row) {
        RowKey key = row.key();
        PlannedCase plannedCase = unseen.remove(key);
        verdicts.merge(row.verdict().word(), 1, Integer::sum);
        if (!isInScope(row.operator(), key)) {
            outside++;
            return;
        }
        boolean run = row.verdict() != Verdict.UNSUPPORTED && row.verdict() != Verdict.NOT_RUN;
        judged += run ? 1 : 0;
        Optional<Reason> objection = objection(row, plannedCase);
        if (objection.isEmpty()) {
            switch (row.verdict()) {
                case PASS -> passed++;
                case UNSUPPORTED -> refused++;
                default -> announced++;
            }
            if (!run) {
                skipped.put(key, row);
            }
            return;
        }
        List<String> remarks = new ArrayList<>();
        if (isWaived(row, remarks)) {
            waivedRows++;
            return;
        }
        closing++;
        Reason reason = objection.get();
        reasons.add(
                remarks.isEmpty()
                        ? reason
                        : Reason.of(reason.kind(), reason.what() + "; " + String.join("; ", remarks), key));
    }

    /// Holds the run against a baseline, after every row has been seen.
    ///
    /// @param strict whether a time of which nothing is known closes the gate
    public void hold(RunFolder run, Base base, Measured measured, boolean strict) throws IOException {
        Against held = Against.of(policy, run, base, measured);
        compared = held.obstacles().isEmpty();
        against = held.name();
        changes.putAll(held.counts());
        held.obstacles()
                .forEach(obstacle -> reasons.add(
                        Reason.of(Kind.INCOMPARABLE, "baseline " + base.name() + " is incomparable: " + obstacle)));
        held.results().forEach(this::holdResult);
        Map<Change, Integer> open = new EnumMap<>(Change.class);
        for (CompareRow row : held.times()) {
            holdTime(row, strict);
            open.merge(row.verdict(), 1, Integer::sum);
        }
        for (Change change : List.of(Change.INCONCLUSIVE, Change.UNMEASURABLE, Change.INCOMPARABLE)) {
            int count = open.getOrDefault(change, 0);
            if (count > 0 && !strict) {
                notes.add(count + " of " + held.times().size() + " times are " + change.word()
                        + "; --strict closes the gate for them");
            }
        }
        if (held.unruled() > 0) {
            notes.add(held.unruled() + " times are in no rule of the policy");
        }
        if (compared && held.times().isEmpty() && !policy.regressions().isEmpty()) {
            String nothing = "no time could be compared";
            if (strict) {
                reasons.add(Reason.of(Kind.INCONCLUSIVE, nothing));
            } else {
                notes.add(nothing);
            }
        }
    }

    private void holdResult(CompareRow row) {
        RowKey key = row.key();
        String operator = Labels.operator(key);
        switch (row.verdict()) {
            case MISSING -> {
                if (Policy.anyHolds(policy.mustPass(), operator, key)
                        && !Policy.anyHolds(policy.allowMissing(), operator, key)) {
                    reasons.add(Reason.of(Kind.MISSING, "the baseline has it and the run has not", key));
                }
            }
            // What is wrong now closes the gate for itself; what is refused now is allowed by the policy alone.
            case BROKEN -> {
                CaseRow now = skipped.get(key);
                List<String> remarks = new ArrayList<>();
                if (now != null && !isWaived(now, remarks)) {
                    remarks.addFirst("it is no worse than the policy allows, but passed in the baseline: "
                            + now.verdict().word() + ": " + now.reason());
                    reasons.add(Reason.of(Kind.BROKEN, String.join("; ", remarks), key));
                }
            }
            default -> {}
        }
    }

    private void holdTime(CompareRow row, boolean strict) {
        RowKey key = row.key();
        String what = row.clock() + " clock: " + row.reason();
        switch (row.verdict()) {
            case REGRESSED -> {
                List<String> remarks = new ArrayList<>(List.of(what));
                if (!isWaived(row, remarks)) {
                    reasons.add(Reason.of(Kind.REGRESSED, String.join("; ", remarks), key));
                }
            }
            case INCOMPARABLE -> {
                if (strict) {
                    reasons.add(Reason.of(Kind.INCOMPARABLE, what, key));
                }
            }
            case INCONCLUSIVE, UNMEASURABLE -> {
                if (strict) {
                    reasons.add(Reason.of(Kind.INCONCLUSIVE, row.verdict().word() + ", " + what, key));
                }
            }
            default -> {}
        }
    }

    private boolean isWaived(CompareRow row, List<String> remarks) {
        RowKey key = row.key();
        for (Waiver waiver : waivers.waivers()) {
            if (!waiver.verdict().equals(Waiver.REGRESSED)
                    || !waiver.isAbout(
                            key.suite(), Labels.operator(key), key.caseId(), key.backend(), key.backendOptions())) {
                continue;
            }
            needed.add(waiver);
            double known = waiver.slowdownPct().orElse(0.0);
            Double ratio = row.ratio();
            double measured = ratio == null ? Double.POSITIVE_INFINITY : 100 * (ratio - 1);
            if (waiver.isExpired(today)) {
                remarks.add("waiver '" + waiver.id() + "' expired on " + waiver.expires());
            } else if (measured <= known) {
                apply(waiver, key);
                return true;
            } else {
                remarks.add(
                        "waiver '" + waiver.id() + "' does not cover it: it is slower by more than " + known + " %");
            }
        }
        return false;
    }

    private boolean isInScope(String operator, RowKey key) {
        boolean found = false;
        for (Scope scope : policy.mustPass()) {
            if (scope.holds(operator, key)) {
                met.add(scope);
                found = true;
            }
        }
        return found;
    }

    private Optional<Reason> objection(CaseRow row, @Nullable PlannedCase plannedCase) {
        RowKey key = row.key();
        String because = row.reason().isEmpty() ? "" : ": " + row.reason();
        String what = row.verdict().word() + (row.layer().isEmpty() ? "" : " (" + row.layer() + ")") + because;
        return switch (row.verdict()) {
            case PASS -> Optional.empty();
            case FAIL, UNSTABLE, ERROR -> Optional.of(Reason.of(Kind.WRONG, what, key));
            case VACUOUS -> Optional.of(Reason.of(Kind.VACUOUS, what, key));
            case CRASH, TIMEOUT, OUT_OF_MEMORY -> Optional.of(Reason.of(Kind.LOST, what, key));
            case UNSUPPORTED ->
                Policy.anyHolds(policy.allowUnsupported(), row.operator(), key)
                        ? Optional.empty()
                        : Optional.of(Reason.of(Kind.UNSUPPORTED, "it must be supported and is not" + because, key));
            case NOT_RUN -> {
                if (plannedCase == null || plannedCase.announced() == null) {
                    yield Optional.of(
                            Reason.of(Kind.NOT_RUN, "it was not run, and the plan did not say so" + because, key));
                }
                yield Policy.anyHolds(policy.allowNotRun(), row.operator(), key)
                        ? Optional.empty()
                        : Optional.of(Reason.of(Kind.NOT_RUN, "it must be run and was not" + because, key));
            }
        };
    }

    private boolean isWaived(CaseRow row, List<String> remarks) {
        for (Waiver waiver : waivers.waivers()) {
            if (!waiver.verdict().equals(row.verdict().word())
                    || !waiver.isAbout(
                            row.suite(), row.operator(), row.caseId(), row.backend(), row.backendOptions())) {
                continue;
            }
            needed.add(waiver);
            List<String> objections = waiver.objections(row);
            if (waiver.isExpired(today)) {
                remarks.add("waiver '" + waiver.id() + "' expired on " + waiver.expires());
            } else if (objections.isEmpty()) {
                apply(waiver, row.key());
                return true;
            } else {
                remarks.add("waiver '" + waiver.id() + "' does not cover it: " + String.join(", ", objections));
            }
        }
        return false;
    }

    private void apply(Waiver waiver, RowKey key) {
        waived.add(new GateVerdict.Waived(
                waiver.id(), waiver.verdict(), waiver.owner(), waiver.expires().toString(), key));
    }

    /// There is nothing to hold the run against.
    public void cannotHold(String what) {
        reasons.add(Reason.of(Kind.NO_BASELINE, what));
    }

    /// What the gate says when every row has been seen.
    public GateVerdict verdict() {
        unseen.forEach((key, one) -> {
            if (isInScope(one.operator(), key)) {
                closing++;
                reasons.add(Reason.of(Kind.MISSING, "it was planned and has no row", key));
            } else {
                outside++;
            }
        });
        Extent extent = new Extent(policy, manifest, plan);
        reasons.addAll(extent.problems(met, judged, planned));
        checkWaivers();
        reasons.sort(Comparator.comparingInt((Reason reason) -> GateVerdict.PRECEDENCE.indexOf(reason.code()))
                .thenComparing(Reason::kind)
                .thenComparing(reason -> reason.row().map(Labels::row).orElse(""))
                .thenComparing(Reason::what));
        int code = GateVerdict.exitCode(reasons);
        return new GateVerdict(
                GateVerdict.SCHEMA,
                manifest.runId(),
                code == 0 ? GateVerdict.PASSED : GateVerdict.FAILED,
                code,
                today.toString(),
                Json.sha256(policy.text()),
                waiversSha256,
                against,
                new GateVerdict.Counts(
                        planned,
                        planned - outside,
                        judged,
                        passed,
                        waivedRows,
                        refused,
                        announced,
                        closing,
                        outside,
                        verdicts,
                        changes),
                reasons,
                waived,
                notes);
    }

    /// An expired waiver, and one that waives nothing, close the gate. One for a suite or a backend that the run has
    /// not, or for regressions where nothing was compared, cannot be told to be unneeded.
    private void checkWaivers() {
        for (Waiver waiver : waivers.waivers()) {
            String name = "waiver '" + waiver.id() + "' of " + waiver.owner() + " (" + waiver.subject() + ") ";
            boolean elsewhere =
                    plan.backends().stream().noneMatch(backend -> waiver.isOn(backend.id(), backend.options()))
                            || (!waiver.suite().isEmpty()
                                    && plan.suites().stream()
                                            .noneMatch(suite -> suite.name().equals(waiver.suite())));
            boolean uncompared = waiver.verdict().equals(Waiver.REGRESSED) && !compared;
            if (waiver.isExpired(today)) {
                reasons.add(Reason.of(Kind.WAIVER_EXPIRED, name + "expired on " + waiver.expires()));
            } else if (elsewhere || uncompared) {
                notes.add(name + "is for " + (elsewhere ? "another suite or backend" : "a comparison")
                        + "; not looked at");
            } else if (!needed.contains(waiver)) {
                reasons.add(Reason.of(Kind.WAIVER_UNNEEDED, name + "waives nothing; remove it"));
            }
        }
    }
}
