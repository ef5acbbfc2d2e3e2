package dev.assay.results.store;

import dev.assay.HarnessException;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvRows;
import dev.assay.results.CsvTable;
import dev.assay.results.Keyed;
import dev.assay.results.RowKey;
import dev.assay.results.SampleRow;
import dev.assay.results.ScorecardRow;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import dev.assay.results.store.RowFacts.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Holds the tables of a folder against its plan and against each other, each of them read once, row by row.
final class TableCheck {
    /// So many rows are called by their names; the others are counted.
    private static final int NAMED = 100;

    private final PlanIndex plan;
    private final RowFacts facts;
    private final Problems problems;
    private final Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
    private long timings;

    TableCheck(PlanIndex plan, RowFacts facts, Problems problems) {
        this.plan = plan;
        this.facts = facts;
        this.problems = problems;
    }

    Map<Verdict, Integer> counts() {
        return counts;
    }

    long timings() {
        return timings;
    }

    /// Goes to the next row that can be read; what cannot is a problem.
    private boolean next(CsvRows<?> rows) throws IOException {
        while (true) {
            try {
                return rows.advance();
            } catch (HarnessException e) {
                problems.add(rows.file(), e);
            }
        }
    }

    /// Number of the row's key in the plan, or -1, which is a problem then.
    private int number(CsvRows<? extends Keyed> rows, String caseHash) {
        RowKey key = rows.row().key();
        int number = plan.number(key);
        if (number < 0) {
            problems.add(rows.file(), rows.line(), "not in the plan: " + PlanIndex.text(key));
        } else if (!plan.hasHash(number, caseHash)) {
            problems.add(
                    rows.file(),
                    rows.line(),
                    "case_hash is '" + caseHash + "', and that is not the plan's for this case");
        }
        return number;
    }

    void cases(Path file) throws IOException {
        Map<Integer, CaseRow> different = new HashMap<>();
        try (CsvRows<CaseRow> rows = new CsvTable<>(CaseRow.class).open(file)) {
            while (next(rows)) {
                CaseRow row = rows.row();
                counts.merge(row.verdict(), 1, Integer::sum);
                int number = number(rows, row.caseHash());
                if (number < 0) {
                    continue;
                }
                if (facts.has(number)) {
                    problems.add(
                            file,
                            rows.line(),
                            "line " + facts.line(Part.CASE, number) + " is the same case: "
                                    + PlanIndex.text(row.key()));
                    continue;
                }
                facts.verdict(number, row.verdict());
                facts.add(Part.CASE, number, rows.fingerprint(), rows.line());
                if (!plan.isDescribedBy(number, row)) {
                    if (different.size() < NAMED) {
                        different.put(number, row);
                    } else {
                        problems.add(file, rows.line(), "not as planned");
                    }
                }
            }
        }
        Map<Integer, PlanIndex.Planned> planned = plan.planned(different.keySet());
        different.forEach((number, row) -> {
            PlanIndex.Planned wanted = planned.get(number);
            if (wanted != null) {
                problems.add(
                        file,
                        facts.line(Part.CASE, number),
                        "not as planned (plan.json, line " + wanted.line() + "): " + wanted.differences(row));
            }
        });
    }

    void missing(Path file) throws IOException {
        Set<Integer> missing = new TreeSet<>();
        long more = 0;
        for (int number = 0; number < plan.size(); number++) {
            if (!facts.has(number)) {
                if (missing.size() < NAMED) {
                    missing.add(number);
                } else {
                    more++;
                }
            }
        }
        plan.planned(missing)
                .forEach((number, planned) ->
                        problems.add(file, 0, "no row for " + PlanIndex.text(planned.key()) + ", which is planned"));
        if (more > 0) {
            problems.add(file, 0, "no row for " + more + " more that are planned");
        }
    }

    void scorecard(Path file) throws IOException {
        try (CsvRows<ScorecardRow> rows = new CsvTable<>(ScorecardRow.class).open(file)) {
            while (next(rows)) {
                ScorecardRow row = rows.row();
                int number = number(rows, row.caseHash());
                if (number < 0) {
                    continue;
                }
                facts.add(Part.SCORECARD, number, rows.fingerprint(), rows.line());
                if (!facts.has(number)) {
                    problems.add(file, rows.line(), "there is no such case in cases.csv: " + PlanIndex.text(row.key()));
                }
            }
        }
    }

    /// Timings and their samples together, key by key.
    void timings(Path timingFile, Path sampleFile) throws IOException {
        Map<Path, Map<Long, String>> differences = new LinkedHashMap<>();
        try (CsvRows<TimingRow> timed = new CsvTable<>(TimingRow.class).open(timingFile);
                CsvRows<SampleRow> samples = new CsvTable<>(SampleRow.class).open(sampleFile)) {
            boolean moreTimed = next(timed);
            boolean moreSamples = next(samples);
            while (moreTimed || moreSamples) {
                RowKey key = moreTimed
                                && (!moreSamples
                                        || timed.row()
                                                        .key()
                                                        .compareTo(samples.row().key())
                                                <= 0)
                        ? timed.row().key()
                        : samples.row().key();
                Map<String, Long> lines = new LinkedHashMap<>();
                Map<String, Integer> counted = new LinkedHashMap<>();
                while (moreTimed && timed.row().key().equals(key)) {
                    TimingRow row = timed.row();
                    String clock = row.metric() + "/" + row.clock();
                    lines.put(clock, timed.line());
                    counted.merge(clock, row.samples(), Integer::sum);
                    timing(timed);
                    moreTimed = next(timed);
                }
                while (moreSamples && samples.row().key().equals(key)) {
                    SampleRow row = samples.row();
                    int number = number(samples, row.caseHash());
                    if (number >= 0) {
                        facts.add(Part.SAMPLE, number, samples.fingerprint(), samples.line());
                    }
                    String clock = row.metric() + "/" + row.clock();
                    if (!counted.containsKey(clock)) {
                        note(
                                differences,
                                sampleFile,
                                samples.line(),
                                "a sample of what timing.csv does not have: " + clock + " of " + PlanIndex.text(key));
                    }
                    counted.merge(clock, -1, Integer::sum);
                    moreSamples = next(samples);
                }
                lines.forEach((clock, line) -> {
                    int left = counted.getOrDefault(clock, 0);
                    if (left != 0) {
                        note(
                                differences,
                                timingFile,
                                line,
                                "samples.csv has " + Math.abs(left) + (left > 0 ? " fewer" : " more") + " samples of "
                                        + clock + " than the row says");
                    }
                });
            }
        }
        if (!problems.has(timingFile) && !problems.has(sampleFile)) {
            // Else what is wrong with the files themselves explains it.
            differences.forEach((file, some) -> some.forEach((line, what) -> problems.add(file, line, what)));
        }
    }

    private static void note(Map<Path, Map<Long, String>> differences, Path file, long line, String what) {
        Map<Long, String> some = differences.computeIfAbsent(file, one -> new LinkedHashMap<>());
        if (some.size() < 1000) {
            some.put(line, what);
        }
    }

    private void timing(CsvRows<TimingRow> rows) {
        TimingRow row = rows.row();
        timings++;
        int number = number(rows, row.caseHash());
        if (number < 0) {
            return;
        }
        facts.add(Part.TIMING, number, rows.fingerprint(), rows.line());
        if (!facts.hasPassed(number)) {
            problems.add(
                    rows.file(),
                    rows.line(),
                    "a timing of what did not pass in cases.csv: " + PlanIndex.text(row.key()));
        }
    }
}
