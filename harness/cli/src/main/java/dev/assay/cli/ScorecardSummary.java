package dev.assay.cli;

import dev.assay.engine.scorecard.Criteria;
import dev.assay.engine.scorecard.Criterion;
import dev.assay.results.RowKey;
import dev.assay.results.Ruling;
import dev.assay.results.ScorecardRow;
import dev.assay.results.Verdict;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How published criteria differ from our verdicts, case by case.
///
/// A criterion rejects a case if it rejects one of its outputs, and accepts it if it rejects none and judges at least
/// one.
final class ScorecardSummary {
    private final List<ScorecardRow> rows;

    ScorecardSummary(List<ScorecardRow> rows) {
        this.rows = rows;
    }

    /// What a criterion makes of the cases that it judges.
    private static final class Count {
        int passes;
        int accused;
        int fails;
        int missed;

        void add(Verdict verdict, boolean rejects) {
            if (verdict == Verdict.PASS) {
                passes++;
                accused += rejects ? 1 : 0;
            } else if (verdict == Verdict.FAIL) {
                fails++;
                missed += rejects ? 0 : 1;
            }
        }
    }

    void print(PrintWriter out) {
        Table table = new Table("published criterion", "would accuse of our passes", "would miss of our fails");
        for (Criterion criterion : Criteria.ALL) {
            Count count = count(criterion.id());
            table.row(criterion.id(), count.accused + " of " + count.passes, count.missed + " of " + count.fails);
        }
        table.print(out);
        out.println();
        out.println("for information only: no verdict follows from these; docs/scorecard.md says what they are");
    }

    private Count count(String criterion) {
        Map<RowKey, Boolean> rejects = new LinkedHashMap<>();
        Map<RowKey, Verdict> verdicts = new LinkedHashMap<>();
        for (ScorecardRow row : rows) {
            if (row.criterion().equals(criterion) && row.outcome() != Ruling.NOT_APPLICABLE) {
                rejects.merge(row.key(), row.outcome() == Ruling.FAIL, Boolean::logicalOr);
                verdicts.put(row.key(), row.verdict());
            }
        }
        Count count = new Count();
        verdicts.forEach((key, verdict) -> count.add(verdict, rejects.getOrDefault(key, false)));
        return count;
    }
}
