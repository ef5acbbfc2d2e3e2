package dev.assay.results.gate;

import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RunFolder;
import dev.assay.results.compare.CompareRow;
import dev.assay.results.compare.Comparison;
import dev.assay.results.compare.ComparisonOptions;
import dev.assay.results.gate.Baselines.Base;
import dev.assay.results.gate.Measured.Fresh;
import dev.assay.results.gate.Policy.RegressionRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What became of every row from a baseline to a run, as far as a policy asks.
///
/// @param name of the baseline, and which run it is
/// @param obstacles why the two cannot be compared; if there are any, there are no rows
/// @param results rows about results
/// @param times rows about times, each judged by the margin of the first rule that holds it
/// @param unruled number of times that no rule holds
record Against(String name, List<String> obstacles, List<CompareRow> results, List<CompareRow> times, long unruled) {

    static Against of(Policy policy, RunFolder run, Base base, Measured measured) throws IOException {
        String name = base.name() + " (run " + base.folder().id() + ", digest "
                + Soundness.digest(base.folder().path()) + ")";
        List<String> obstacles = obstacles(run, base);
        if (!obstacles.isEmpty()) {
            return new Against(name, obstacles, List.of(), List.of(), 0);
        }
        TreeSet<Double> margins = policy.regressions().stream()
                .map(RegressionRule::marginPct)
                .collect(Collectors.toCollection(TreeSet::new));
        if (margins.isEmpty()) {
            margins.add(ComparisonOptions.MARGIN_PCT);
        }
        List<CompareRow> results = new ArrayList<>();
        List<CompareRow> times = new ArrayList<>();
        long unruled = 0;
        for (double margin : margins) {
            ComparisonOptions options =
                    ComparisonOptions.DEFAULT.withMargin(margin).withCalibrations(measured.calibrations());
            Comparison comparison = Comparison.of(base.folder(), run, options);
            if (measured.confirming().isPresent()) {
                Fresh fresh = measured.confirming().get();
                comparison = comparison.confirmed(fresh.base(), fresh.candidate());
            }
            for (CompareRow row : comparison.rows()) {
                boolean isFirst = margin == margins.first();
                if (row.metric().equals(CompareRow.VERDICT)) {
                    if (isFirst) {
                        results.add(row);
                    }
                    continue;
                }
                Optional<RegressionRule> rule = rule(policy, row);
                if (rule.isPresent() && rule.get().marginPct() == margin) {
                    times.add(row);
                }
                unruled += rule.isEmpty() && isFirst ? 1 : 0;
            }
        }
        return new Against(name, List.of(), results, times, unruled);
    }

    private static Optional<RegressionRule> rule(Policy policy, CompareRow row) {
        return policy.regressions().stream()
                .filter(rule -> rule.holds(Labels.operator(row.key()), row.key(), row.metric(), row.clock()))
                .findFirst();
    }

    private static List<String> obstacles(RunFolder run, Base base) throws IOException {
        List<String> obstacles = new ArrayList<>();
        Manifest ours = run.readManifest();
        Manifest theirs = base.folder().readManifest();
        differ(obstacles, "rule constants", theirs.ruleConstants(), ours.ruleConstants());
        differ(obstacles, "hardware class", hardware(base.folder()), hardware(run));
        Map<String, String> before = suites(base.folder().readPlan());
        Map<String, String> now = suites(run.readPlan());
        now.forEach((suite, sha256) -> {
            if (before.containsKey(suite)) {
                differ(obstacles, "suite '" + suite + "', sha256", before.get(suite), sha256);
            }
        });
        if (now.keySet().stream().noneMatch(before::containsKey)) {
            obstacles.add(
                    "no suite in common: " + before.keySet() + " in the baseline, " + now.keySet() + " in the run");
        }
        return obstacles;
    }

    private static void differ(List<String> obstacles, String what, @Nullable String before, String now) {
        if (!now.equals(before)) {
            obstacles.add(what + ": '" + before + "' in the baseline, '" + now + "' in the run");
        }
    }

    private static String hardware(RunFolder folder) throws IOException {
        return String.valueOf(folder.readEnvironment().getOrDefault("hw_class_id", ""));
    }

    private static Map<String, String> suites(PlanFile plan) {
        return plan.suites().stream()
                .collect(Collectors.toMap(SuiteRef::name, SuiteRef::sha256, (a, b) -> a, TreeMap::new));
    }

    /// Rows by what became of them.
    Map<String, Integer> counts() {
        Map<String, Integer> counts = new TreeMap<>();
        results.forEach(row -> counts.merge(row.verdict().word(), 1, Integer::sum));
        times.forEach(row -> counts.merge(row.verdict().word(), 1, Integer::sum));
        return counts;
    }
}
