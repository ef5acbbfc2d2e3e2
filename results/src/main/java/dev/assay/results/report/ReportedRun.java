package dev.assay.results.report;

import dev.assay.results.CaseRow;
import dev.assay.results.CsvTable;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.RowKey;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A finished run, as far as a report tells of it.
///
/// @param hardwareClass of the machine
/// @param rows of `cases.csv`, in its order
public record ReportedRun(Manifest manifest, PlanFile plan, String hardwareClass, List<CaseRow> rows) {

    public ReportedRun {
        rows = List.copyOf(rows);
    }

    /// Throws [dev.assay.HarnessException] with file and line if it cannot be read.
    public static ReportedRun read(RunFolder folder) throws IOException {
        Map<String, Object> environment = folder.readEnvironment();
        return new ReportedRun(
                folder.readManifest(),
                folder.readPlan(),
                String.valueOf(environment.getOrDefault("hw_class_id", "")),
                new CsvTable<>(CaseRow.class).read(folder.file(RunFolder.CASES)));
    }

    /// Planned rows that are not there, in the order of the plan.
    public List<RowKey> missing() {
        return missing(plan, rows);
    }

    /// Planned rows that are not there, in the order of the plan.
    public static List<RowKey> missing(PlanFile plan, Collection<CaseRow> rows) {
        Set<RowKey> there = new HashSet<>();
        rows.forEach(row -> there.add(row.key()));
        return plan.keys().stream().filter(key -> !there.contains(key)).toList();
    }
}
