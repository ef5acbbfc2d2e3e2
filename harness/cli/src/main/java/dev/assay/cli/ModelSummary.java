package dev.assay.cli;

import dev.assay.engine.plan.CaseSpec;
import dev.assay.engine.plan.CaseSpec.Use;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RowKey;
import dev.assay.results.TimingRow;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// What the times of single operators come to for a whole model: each median as often as the model runs the case.
final class ModelSummary {
    private static final double NANOSECONDS_PER_MS = 1e6;
    private static final int MOST_SHOWN = 12;

    private final PlanFile plan;
    private final Map<RowKey, TimingRow> times = new HashMap<>();

    ModelSummary(PlanFile plan, Collection<TimingRow> timings) {
        this.plan = plan;
        timings.forEach(row -> times.put(row.key(), row));
    }

    /// The calls of a phase: how many there are, how many were timed and what these take.
    private static final class Sum {
        private long calls;
        private long timed;
        private double nanoseconds;
        private boolean modelled;
        private boolean incomplete;
        private final Map<String, Long> without = new LinkedHashMap<>();
    }

    void print(PrintWriter out) {
        for (PlanFile.SuiteRef suite : plan.suites()) {
            for (BackendRef backend : plan.backends()) {
                Map<String, Sum> phases = phases(suite.name(), backend);
                phases.values().removeIf(sum -> sum.timed == 0);
                if (!phases.isEmpty()) {
                    print(suite.name() + " on " + backend.label(), phases, out);
                }
            }
        }
    }

    private Map<String, Sum> phases(String suite, BackendRef backend) {
        Map<String, Sum> phases = new LinkedHashMap<>();
        for (PlannedCase planned : plan.cases()) {
            if (!planned.suite().equals(suite)) {
                continue;
            }
            TimingRow time = times.get(planned.key(backend));
            List<Use> uses =
                    Objects.requireNonNullElse(CaseSpec.parse(planned.spec()).uses(), List.of());
            for (Use use : uses) {
                Sum sum = phases.computeIfAbsent(use.phase(), phase -> new Sum());
                sum.calls += use.times();
                sum.incomplete |= planned.announced() != null;
                if (time == null) {
                    sum.without.merge(planned.operator(), use.times(), Long::sum);
                    continue;
                }
                sum.timed += use.times();
                sum.nanoseconds += time.p50() * use.times();
                sum.modelled |= time.mode().equals("modelled");
            }
        }
        return phases;
    }

    private static void print(String title, Map<String, Sum> phases, PrintWriter out) {
        out.println(title + ": medians of single operators, as often as the model runs them");
        List<String> incomplete = new ArrayList<>();
        phases.forEach((phase, sum) -> {
            if (sum.incomplete) {
                incomplete.add(phase);
                return;
            }
            out.println("  " + phase + ": " + milliseconds(sum.nanoseconds) + per(phase)
                    + (sum.modelled ? ", modelled" : "") + "; " + sum.timed + " of " + sum.calls + " calls");
            if (!sum.without.isEmpty()) {
                out.println("    without " + without(sum.without));
            }
        });
        if (!incomplete.isEmpty()) {
            out.println("  no estimate where the plan leaves cases out: " + String.join(", ", incomplete));
        }
        out.println("  without communication between devices and gaps between launches");
        out.println();
    }

    private static String per(String phase) {
        if (phase.startsWith("decode")) {
            return " per token of each sequence";
        }
        if (phase.startsWith("training step")) {
            return " per step";
        }
        return phase.startsWith("prefill") ? " per batch of prompts" : " per run";
    }

    private static String milliseconds(double nanoseconds) {
        return String.format(Locale.ROOT, "%.4g ms", nanoseconds / NANOSECONDS_PER_MS);
    }

    private static String without(Map<String, Long> without) {
        StringBuilder text = new StringBuilder();
        int shown = 0;
        for (Map.Entry<String, Long> entry : without.entrySet()) {
            if (shown == MOST_SHOWN) {
                return text + " and " + (without.size() - MOST_SHOWN) + " more";
            }
            text.append(shown == 0 ? "" : ", ")
                    .append(entry.getValue())
                    .append(" x ")
                    .append(entry.getKey());
            shown++;
        }
        return text.toString();
    }
}
