package dev.assay.baselines.planted;

import dev.assay.operator.Operators;

/// A violation that [dev.assay.cli.ArchitectureTest] must find.
final class CheatingBackend {
    private CheatingBackend() {}

    static Object violation() {
        return Operators.all();
    }
}
