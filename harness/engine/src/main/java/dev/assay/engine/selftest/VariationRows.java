package dev.assay.engine.selftest;

import dev.assay.results.VariationRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Takes the rows of one kernel on one case together.
final class VariationRows {
    private VariationRows() {}

    static List<VariationRow> merged(Collection<VariationRow> rows) {
        Map<List<String>, List<VariationRow>> groups = new LinkedHashMap<>();
        for (VariationRow row : rows) {
            groups.computeIfAbsent(List.of(row.caseId(), row.backend(), row.backendOptions()), key -> new ArrayList<>())
                    .add(row);
        }
        return groups.values().stream().map(VariationRows::one).toList();
    }

    private static VariationRow one(List<VariationRow> unsorted) {
        List<VariationRow> rows = unsorted.stream()
                .sorted(Comparator.comparingLong(VariationRow::seed))
                .toList();
        VariationRow first = rows.getFirst();
        Optional<VariationRow> bad =
                rows.stream().filter(row -> row.alarms() + row.errors() > 0).findFirst();
        return new VariationRow(
                first.grid(),
                first.caseId(),
                first.operator(),
                first.dtypes(),
                first.shapes(),
                first.attributes(),
                first.fill(),
                first.seed(),
                rows.stream().mapToLong(VariationRow::seeds).sum(),
                first.backend(),
                first.backendOptions(),
                first.chip(),
                first.variation(),
                first.catalogue(),
                rows.stream().mapToLong(VariationRow::tensors).sum(),
                rows.stream().mapToLong(VariationRow::alarms).sum(),
                rows.stream().mapToLong(VariationRow::errors).sum(),
                bad.map(VariationRow::alarmSeed).orElse(null),
                bad.map(VariationRow::layer).orElse(""),
                bad.map(VariationRow::reason).orElse(""),
                criteria(rows));
    }

    private static String criteria(List<VariationRow> rows) {
        Map<String, Proportion> sums = new TreeMap<>();
        for (VariationRow row : rows) {
            counts(row.criteria())
                    .forEach((name, count) ->
                            sums.merge(name, count, (a, b) -> new Proportion(a.hits() + b.hits(), a.of() + b.of())));
        }
        return sums.entrySet().stream()
                .map(sum -> sum.getKey() + "=" + sum.getValue().hits() + "/"
                        + sum.getValue().of())
                .collect(Collectors.joining(" "));
    }

    /// Reads `name=2/5 other=0/5`.
    static Map<String, Proportion> counts(String criteria) {
        Map<String, Proportion> counts = new TreeMap<>();
        for (String word : criteria.isEmpty() ? new String[0] : criteria.split(" ", -1)) {
            int equals = word.indexOf('=');
            int slash = word.indexOf('/', equals);
            counts.put(
                    word.substring(0, equals),
                    new Proportion(
                            Long.parseLong(word, equals + 1, slash, 10),
                            Long.parseLong(word, slash + 1, word.length(), 10)));
        }
        return counts;
    }
}
