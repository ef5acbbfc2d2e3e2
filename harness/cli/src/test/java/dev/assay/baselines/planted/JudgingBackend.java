package dev.assay.baselines.planted;

import dev.assay.engine.run.RunListener;

/// A violation that [dev.assay.cli.ArchitectureTest] must find.
final class JudgingBackend {
    private JudgingBackend() {}

    static Object violation() {
        return RunListener.SILENT;
    }
}
