package dev.assay.cli;

import dev.assay.engine.plan.Planner;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.Suite;
import dev.assay.engine.timing.CacheSize;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.TimingRow;
import dev.assay.results.compare.Calibration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.TreeMap;

/// What a backend reaches through its own kernels: bytes per second when it copies more than a cache holds, and flops
/// per second when it multiplies matrices. Both are proved before they are timed, as everything is.
final class PeakProbe {
    /// In and out together: four times the last cache, as STREAM asks for (McCalpin 1995).
    private static final int CACHES = 4;
    /// Most that a plan without `--release` takes on, with room for guards.
    private static final long MOST_BYTES = 1_400_000_000;

    private static final int ROUNDS = 2;

    private PeakProbe() {}

    /// A plan of the probes on a backend.
    ///
    /// @param like settings of the run that the peaks are for
    static PlanFile plan(BackendRef backend, RunSettings like) {
        long bytes = Math.min(CACHES * CacheSize.lastLevel(), MOST_BYTES);
        // Negation reads and writes each element once; no backend has anything that is nearer to a copy.
        String suite = String.format(Locale.ROOT, """
                {"name": "peaks", "description": "A copy that no cache holds, and large products.", "seed": 20261128,
                 "cases": [
                  {"operator": "neg", "inputs": {"X": ["n"]}, "points": [{"n": %d}], "dtypes": ["f32"],
                   "fills": ["normal"], "why": "bytes per second"},
                  {"operator": "matmul", "inputs": {"A": ["n", "n"], "B": ["n", "n"]}, "points": [{"n": 1024}],
                   "dtypes": ["f64", "f32", "f16", "bf16"], "fills": ["normal"], "why": "flops per second"}
                 ]}
                """, bytes / 2 / Float.BYTES);
        RunSettings settings = new RunSettings(
                RunSettings.Mode.QUICK,
                false,
                like.threads(),
                ROUNDS,
                like.timeoutSeconds(),
                false,
                false,
                like.isolate());
        Suite parsed = Suite.parse(suite, "assay calibrate", OptionalLong.empty());
        return new Planner(settings).plan(List.of(Planner.source(parsed)), List.of(backend));
    }

    /// The best that any sample reached; nothing of a modelled device.
    static Calibration.Peaks of(Collection<TimingRow> rows) {
        double bytesPerS = 0;
        TreeMap<String, Double> flopsPerS = new TreeMap<>();
        for (TimingRow row : rows) {
            if (row.mode().equals("measured")) {
                String[] parts = row.caseId().split("/", -1);
                if (parts[0].equals("matmul")) {
                    String dtype = parts[1].split("[.-]", 2)[0];
                    flopsPerS.merge(dtype, row.flops() / row.min() * 1e9, Math::max);
                } else {
                    bytesPerS = Math.max(bytesPerS, row.bytes() / row.min() * 1e9);
                }
            }
        }
        return new Calibration.Peaks(bytesPerS > 0 ? bytesPerS : null, flopsPerS);
    }
}
