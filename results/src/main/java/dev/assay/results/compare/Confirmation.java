package dev.assay.results.compare;

import dev.assay.results.RowKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Puts the verdicts of fresh rounds in the place of regressions.
final class Confirmation {
    private static final int STAGE = 2;

    private Confirmation() {}

    private record Timed(RowKey key, String metric, String clock) {
        static Timed of(CompareRow row) {
            return new Timed(row.key(), row.metric(), row.clock());
        }
    }

    static List<CompareRow> of(List<CompareRow> first, List<CompareRow> second) {
        Map<Timed, CompareRow> again = new HashMap<>();
        second.forEach(row -> again.put(Timed.of(row), row));
        Set<Timed> had = new HashSet<>();
        List<CompareRow> rows = new ArrayList<>();
        for (CompareRow row : first) {
            had.add(Timed.of(row));
            CompareRow fresh = again.get(Timed.of(row));
            if (row.verdict() != Change.REGRESSED) {
                rows.add(row);
            } else if (fresh == null) {
                rows.add(row.at(row.stage(), row.reason() + "; not measured again"));
            } else {
                rows.add(fresh.at(STAGE, fresh.reason()));
            }
        }
        // Running it once more may show that it is wrong now and then.
        for (CompareRow row : second) {
            if (row.verdict() == Change.BROKEN && !had.contains(Timed.of(row))) {
                rows.add(row.at(STAGE, row.reason()));
            }
        }
        return Comparison.sorted(rows);
    }

    static List<String> remarks(List<String> first, List<String> second) {
        List<String> all = new ArrayList<>(first);
        second.stream()
                .map(remark -> "in the rounds that confirm: " + remark)
                .filter(remark -> !all.contains(remark))
                .forEach(all::add);
        return all;
    }
}
