package dev.assay.results.compare;

import dev.assay.results.CaseRow;
import dev.assay.results.CellText;
import dev.assay.results.RowKey;
import java.util.ArrayList;
import java.util.List;

/// Two runs, and what holds for all of their cases.
record Pair(Side base, Side candidate, ComparisonOptions options) {

    /// Whether the rounds with the same number were measured next to each other.
    boolean isPaired() {
        String session = base.manifest().session();
        return base.folder()
                        .path()
                        .toAbsolutePath()
                        .normalize()
                        .equals(candidate.folder().path().toAbsolutePath().normalize())
                || (!session.isEmpty() && session.equals(candidate.manifest().session()));
    }

    /// Why results of a suite cannot be compared; empty if they can.
    List<String> obstacles(String suite) {
        List<String> obstacles = new ArrayList<>();
        if (!options.accepted().contains(Difference.RULES)) {
            differ(
                    obstacles,
                    "the constants of the judge differ",
                    CellText.harmless(base.manifest().ruleConstants()),
                    CellText.harmless(candidate.manifest().ruleConstants()));
        }
        if (!options.accepted().contains(Difference.SUITE)) {
            differ(obstacles, "suite '" + suite + "' differs", digest(base, suite), digest(candidate, suite));
        }
        return obstacles;
    }

    private static String digest(Side side, String suite) {
        String digest = side.suites().getOrDefault(suite, "");
        return digest.substring(0, Math.min(12, digest.length()));
    }

    /// Why times cannot be compared, besides what keeps results from being compared; empty if they can.
    List<String> obstaclesOfTime(CaseRow before, CaseRow after, boolean isModelled) {
        List<String> obstacles = new ArrayList<>();
        if (!isModelled && !options.accepted().contains(Difference.HARDWARE)) {
            differ(obstacles, "the class of the machine differs", base.hwClassId(), candidate.hwClassId());
        }
        if (!options.isAcrossBackends() && !options.accepted().contains(Difference.DEVICE)) {
            differ(obstacles, "the device differs", before.device(), after.device());
        }
        return obstacles;
    }

    private static void differ(List<String> obstacles, String what, String before, String after) {
        if (!before.equals(after)) {
            obstacles.add(what + ": " + shown(before) + " in the base, " + shown(after) + " in the candidate");
        }
    }

    private static String shown(String text) {
        return text.isEmpty() ? "none" : text;
    }

    /// What rows of both sides are matched by: without the backend where two different ones are compared.
    RowKey matched(CaseRow row) {
        return matched(row.key());
    }

    RowKey matched(RowKey key) {
        return options.isAcrossBackends() ? new RowKey(key.suite(), key.caseId(), key.seed(), "", "") : key;
    }
}
