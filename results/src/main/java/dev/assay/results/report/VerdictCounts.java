package dev.assay.results.report;

import dev.assay.results.CaseRow;
import dev.assay.results.Verdict;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// Rows by verdict, and how that is said. A count never stands without what it is out of.
public final class VerdictCounts {
    private VerdictCounts() {}

    /// Rows by verdict, in the order of the verdicts.
    public static Map<Verdict, Integer> of(Collection<CaseRow> rows) {
        Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
        rows.forEach(row -> counts.merge(row.verdict(), 1, Integer::sum));
        return counts;
    }

    /// `74 pass, 2 unsupported of 76 planned`.
    public static String sentence(Map<Verdict, Integer> counts, int missing, long planned) {
        List<String> words = new ArrayList<>();
        counts.forEach((verdict, count) -> words.add(count + " " + verdict.word()));
        if (missing > 0) {
            words.add(missing + " missing");
        }
        return (words.isEmpty() ? "nothing" : String.join(", ", words)) + " of " + planned + " planned";
    }

    /// `11/12, 1 unsupported`.
    static String cell(Map<Verdict, Integer> counts, long planned) {
        StringBuilder text = new StringBuilder()
                .append(counts.getOrDefault(Verdict.PASS, 0))
                .append('/')
                .append(planned);
        long there = 0;
        for (Map.Entry<Verdict, Integer> entry : counts.entrySet()) {
            there += entry.getValue();
            if (entry.getKey() != Verdict.PASS) {
                text.append(", ")
                        .append(entry.getValue())
                        .append(' ')
                        .append(entry.getKey().word());
            }
        }
        return there < planned
                ? text.append(", ").append(planned - there).append(" missing").toString()
                : text.toString();
    }
}
