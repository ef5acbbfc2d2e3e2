package dev.assay.tck.planted;

import dev.assay.cli.Assay;

/// A violation that [dev.assay.cli.ArchitectureTest] must find.
final class RuleThatPrints {
    private RuleThatPrints() {}

    static Object violation() {
        return new Assay();
    }
}
