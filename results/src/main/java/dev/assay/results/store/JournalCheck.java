package dev.assay.results.store;

import dev.assay.HarnessException;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvTable;
import dev.assay.results.Event;
import dev.assay.results.JournalEvents;
import dev.assay.results.RowKey;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.ScorecardRow;
import dev.assay.results.TimingRow;
import dev.assay.results.Verdict;
import dev.assay.results.store.RowFacts.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Reads a journal event by event, to what it amounts to in the end: as `JournalState`, in fingerprints.
final class JournalCheck {
    private static final CsvTable<CaseRow> CASES = new CsvTable<>(CaseRow.class);
    private static final CsvTable<TimingRow> TIMINGS = new CsvTable<>(TimingRow.class);
    private static final CsvTable<SampleRow> SAMPLES = new CsvTable<>(SampleRow.class);
    private static final CsvTable<ScorecardRow> SCORECARDS = new CsvTable<>(ScorecardRow.class);

    private static final Map<Part, String> FILES = new LinkedHashMap<>();

    static {
        FILES.put(Part.CASE, RunFolder.CASES);
        FILES.put(Part.TIMING, RunFolder.TIMING);
        FILES.put(Part.SAMPLE, RunFolder.SAMPLES);
        FILES.put(Part.SCORECARD, RunFolder.SCORECARD);
    }

    private final PlanIndex plan;
    private final RowFacts facts;
    private final Problems problems;
    private final Path file;
    private boolean isCutOff;
    private long line;

    JournalCheck(PlanIndex plan, Path file, Problems problems) {
        this.plan = plan;
        this.facts = new RowFacts(plan.size());
        this.problems = problems;
        this.file = file;
    }

    RowFacts facts() {
        return facts;
    }

    boolean isCutOff() {
        return isCutOff;
    }

    /// Lines that were read.
    long lines() {
        return line;
    }

    void read() throws IOException {
        try (JournalEvents events = new JournalEvents(file)) {
            boolean more = true;
            while (more) {
                try {
                    more = events.advance();
                    if (more) {
                        line = events.line();
                        take(events.event());
                    }
                } catch (HarnessException e) {
                    problems.add(file, e);
                }
            }
            isCutOff = events.isCutOff();
        }
    }

    private void take(Event event) {
        CaseRow row = event.row();
        if (event.type().equals(Event.CASE_FINISHED) && row != null) {
            int number = number(row.key());
            if (number >= 0) {
                facts.verdict(number, row.verdict());
                facts.clear(Part.CASE, number);
                facts.add(Part.CASE, number, CASES.fingerprint(row), line);
                List<ScorecardRow> scorecard = event.scorecard();
                if (scorecard != null && !scorecard.isEmpty()) {
                    facts.clear(Part.SCORECARD, number);
                    scorecard.forEach(one -> facts.add(Part.SCORECARD, number, SCORECARDS.fingerprint(one), line));
                }
                if (row.verdict() != Verdict.PASS) {
                    facts.clear(Part.TIMING, number);
                    facts.clear(Part.SAMPLE, number);
                }
            }
        }
        List<TimingRow> timings = event.timings();
        if (event.type().equals(Event.TIMING_FINISHED) && timings != null && !timings.isEmpty()) {
            int number = number(timings.getFirst().key());
            if (number >= 0 && facts.hasPassed(number)) {
                facts.clear(Part.TIMING, number);
                facts.clear(Part.SAMPLE, number);
                timings.forEach(one -> facts.add(Part.TIMING, number, TIMINGS.fingerprint(one), line));
                List<SampleRow> samples = event.samples();
                if (samples != null) {
                    samples.forEach(one -> facts.add(Part.SAMPLE, number, SAMPLES.fingerprint(one), line));
                }
            }
        }
    }

    private int number(RowKey key) {
        int number = plan.number(key);
        if (number < 0) {
            problems.add(file, line, "not in the plan: " + PlanIndex.text(key));
        }
        return number;
    }

    /// Says where the tables of the folder do not hold what the journal does.
    ///
    /// @param tables what was found in the tables
    void compare(RowFacts tables, Path folder) throws IOException {
        TreeSet<Integer> unnamed = new TreeSet<>();
        for (int number = 0; number < plan.size(); number++) {
            for (Part part : FILES.keySet()) {
                boolean same = facts.fingerprint(part, number) == tables.fingerprint(part, number);
                if (!same && tables.line(part, number) > 0) {
                    problems.add(
                            folder.resolve(FILES.getOrDefault(part, "")),
                            tables.line(part, number),
                            "not what the journal holds (" + where(part, number) + ")");
                } else if (!same && unnamed.size() < 100) {
                    unnamed.add(number);
                }
            }
        }
        plan.planned(unnamed).forEach((number, planned) -> {
            for (Part part : FILES.keySet()) {
                // A case without a row is said to be missing already.
                if (part != Part.CASE && facts.line(part, number) > 0 && tables.line(part, number) == 0) {
                    problems.add(
                            folder.resolve(FILES.getOrDefault(part, "")),
                            0,
                            "no row for " + PlanIndex.text(planned.key()) + ", which the journal has (line "
                                    + facts.line(part, number) + ")");
                }
            }
        });
    }

    private String where(Part part, int number) {
        return RunFolder.EVENTS
                + (facts.line(part, number) > 0 ? ", line " + facts.line(part, number) : " has nothing of it");
    }
}
