package dev.assay.results.store;

import dev.assay.results.Manifest;
import dev.assay.results.RunFolder;
import dev.assay.results.Verdict;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Whether a manifest tells the truth about its folder.
final class ManifestCheck {
    private static final int INCORRECT = 3;
    private static final int INCOMPLETE = 7;

    private final Path file;
    private final Path environment;
    private final Problems problems;

    ManifestCheck(Path folder, Problems problems) {
        this.file = folder.resolve(RunFolder.MANIFEST);
        this.environment = folder.resolve(RunFolder.ENVIRONMENT);
        this.problems = problems;
    }

    /// Exit code of a run in which every planned row is there, as `assay run` has it.
    static int exitCode(Map<Verdict, Integer> counts) {
        if (counts.keySet().stream().anyMatch(Verdict::isWrong)) {
            return INCORRECT;
        }
        return counts.keySet().stream().anyMatch(Verdict::isLost) ? INCOMPLETE : 0;
    }

    static Map<String, Integer> words(Map<Verdict, Integer> counts) {
        Map<String, Integer> words = new TreeMap<>();
        counts.forEach((verdict, count) -> words.put(verdict.word(), count));
        return words;
    }

    void check(Manifest manifest, String planSum, Map<Verdict, Integer> counts, int planned) {
        differ("schema", manifest.schema(), Manifest.SCHEMA, "this version knows");
        differ("columns", manifest.columns(), Manifest.COLUMNS, "this version knows");
        if (!planSum.isEmpty()) {
            differ("plan_sha256", manifest.planSha256(), planSum, "plan.json has");
        }
        differ("counts", manifest.counts(), words(counts), "cases.csv has");
        long rows = counts.values().stream().mapToLong(Integer::longValue).sum();
        differ("complete", manifest.complete(), rows == planned, "by the rows it is");
        if (Set.of(0, INCORRECT, INCOMPLETE).contains(manifest.exitCode()) && rows == planned) {
            differ("exit_code", manifest.exitCode(), exitCode(counts), "the rows make it");
        }
        if (manifest.endedAt().isEmpty()) {
            problems.add(file, 0, "ended_at is empty, and the folder is finished");
        }
    }

    private void differ(String field, Object found, Object wanted, String says) {
        if (!found.equals(wanted)) {
            problems.add(file, 0, field + " is " + found + ", and " + says + " " + wanted);
        }
    }

    void environment(Map<String, Object> values) {
        for (String field : new String[] {Merge.HARDWARE_CLASS, Merge.ENVIRONMENT_ID}) {
            if (!(values.get(field) instanceof String text) || text.isBlank()) {
                problems.add(environment, 0, field + " is missing");
            }
        }
    }
}
