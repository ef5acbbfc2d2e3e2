package dev.assay.engine.planted;

import dev.assay.cli.Assay;

/// A violation that [dev.assay.cli.ArchitectureTest] must find.
final class EngineThatPrints {
    private EngineThatPrints() {}

    static Object violation() {
        return Assay.class;
    }
}
