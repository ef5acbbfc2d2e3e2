package dev.assay.backend.planted;

import dev.assay.operator.Operators;

/// A violation that [dev.assay.cli.ArchitectureTest] must find.
final class BackendWithOperators {
    private BackendWithOperators() {}

    static Object violation() {
        return Operators.all();
    }
}
