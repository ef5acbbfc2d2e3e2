package dev.assay.results.compare;

import dev.assay.results.CsvTable;
import dev.assay.results.RowKey;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.compare.RoundValues.Watch;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What the machine itself changed by between two runs that were not interleaved: kernels that are the
/// same in both.
final class Controls {
    private Controls() {}

    private record Kernel(RowKey key, String caseHash, Watch watch) {}

    /// The shift that all control kernels have in common; empty if the two runs have none in common.
    static Optional<Effect> drift(Pair pair) throws IOException {
        String suite = pair.options().controlSuite();
        if (!pair.base().suites().containsKey(suite)
                || !pair.candidate().suites().containsKey(suite)) {
            return Optional.empty();
        }
        Map<Kernel, RoundValues> before = values(pair.base(), suite);
        Map<Kernel, RoundValues> after = values(pair.candidate(), suite);
        List<double[]> firsts = new ArrayList<>();
        List<double[]> seconds = new ArrayList<>();
        before.forEach((kernel, base) -> {
            RoundValues candidate = after.get(kernel);
            if (candidate != null && base.arePositive() && candidate.arePositive()) {
                firsts.add(base.logarithms());
                seconds.add(candidate.logarithms());
            }
        });
        return firsts.isEmpty()
                ? Optional.empty()
                : Optional.of(Effect.stratified(firsts, seconds, pair.options().confidence()));
    }

    private static Map<Kernel, RoundValues> values(Side side, String suite) throws IOException {
        Map<RowKey, List<SampleRow>> samples = new TreeMap<>();
        try (Cursor<SampleRow> rows =
                new Cursor<>(new CsvTable<>(SampleRow.class), side.folder().file(RunFolder.SAMPLES))) {
            for (SampleRow row = rows.row(); row != null; row = rows.row()) {
                if (row.suite().equals(suite)) {
                    samples.computeIfAbsent(row.key(), key -> new ArrayList<>()).add(row);
                }
                rows.advance();
            }
        }
        Map<Kernel, RoundValues> values = new LinkedHashMap<>();
        samples.forEach((key, taken) -> RoundValues.of(taken).forEach((watch, rounds) -> {
            if (!watch.isModelled()) {
                values.put(new Kernel(key, taken.getFirst().caseHash(), watch), rounds);
            }
        }));
        return values;
    }
}
