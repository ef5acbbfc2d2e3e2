package dev.assay.worker.planted;

import dev.assay.engine.run.RunListener;

/// A violation that [dev.assay.cli.ArchitectureTest] must find.
final class WorkerWithEngine {
    private WorkerWithEngine() {}

    static Object violation() {
        return RunListener.SILENT;
    }
}
