package dev.assay.engine.run;

import dev.assay.results.PlanFile.BackendRef;
import java.util.Map;

/// Opens a backend as a run would, in a process of its own, and closes it again.
public final class Probe {
    private Probe() {}

    /// What the opened backend told about itself. Throws [PluginException] if it does not open.
    public static Map<String, String> open(BackendRef backend, int threads) throws InterruptedException {
        try (BackendWorker worker = BackendWorker.open(backend, threads, false, false)) {
            return worker.facts();
        }
    }
}
