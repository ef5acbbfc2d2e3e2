package dev.assay.cli;

import dev.assay.cli.Execution.Pair;
import dev.assay.engine.plan.RunSettings;
import dev.assay.results.PlanFile;
import dev.assay.results.compare.Calibration;
import dev.assay.results.compare.Change;
import dev.assay.results.compare.Comparison;
import dev.assay.results.compare.ComparisonOptions;
import dev.assay.results.compare.Difference;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Compares two runs that were timed in alternation, and measures afresh what regressed before it is said.
final class Contest {
    /// Rounds of the second stage, at least: with fewer an interval is too wide to confirm a small slowdown.
    private static final int FRESH_ROUNDS = 15;

    private final Execution execution;
    private final Path parent;
    private final PrintWriter err;

    /// @param parent where folders of the second stage are made
    /// @param err told that there is one
    Contest(Execution execution, Path parent, PrintWriter err) {
        this.execution = execution;
        this.parent = parent;
        this.err = err;
    }

    /// What became of every case. Modelled times need no fresh rounds: they would be the same.
    ///
    /// @param calibrations files with the noise of this machine
    Comparison of(Pair pair, List<Path> calibrations) throws IOException, InterruptedException {
        Comparison first = Comparison.of(pair.base(), pair.candidate(), options(pair, calibrations));
        Set<List<Object>> regressed = new HashSet<>();
        first.rows().stream()
                .filter(row -> row.verdict() == Change.REGRESSED && !row.clock().equals("modelled"))
                .forEach(row -> regressed.add(List.of(row.suite(), row.caseId(), row.seed())));
        if (regressed.isEmpty()) {
            return first;
        }
        int rounds = Math.max(
                FRESH_ROUNDS, RunSettings.of(pair.candidate().readPlan()).rounds());
        err.println(regressed.size() + " regressed; fresh rounds decide about them, " + rounds + " of each");
        Pair second = execution.again(
                parent,
                pair,
                planned -> regressed.contains(List.of(planned.suite(), planned.caseId(), planned.seed())),
                rounds);
        execution.execute(second);
        return first.confirmed(second.base(), second.candidate());
    }

    private static ComparisonOptions options(Pair pair, List<Path> calibrations) throws IOException {
        List<Calibration> noise = new ArrayList<>();
        for (Path file : calibrations) {
            noise.add(Calibration.read(file));
        }
        ComparisonOptions options = ComparisonOptions.DEFAULT.withCalibrations(noise);
        String base = backend(pair.base().readPlan());
        String candidate = backend(pair.candidate().readPlan());
        // Who names two backends wants them compared, whatever their devices are.
        return base.equals(candidate)
                ? options
                : options.withBackends(Optional.of(base), Optional.of(candidate))
                        .accepting(Set.of(Difference.DEVICE));
    }

    private static String backend(PlanFile plan) {
        return plan.backends().getFirst().label();
    }
}
