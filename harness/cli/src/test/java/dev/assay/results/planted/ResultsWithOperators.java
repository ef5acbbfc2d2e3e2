package dev.assay.results.planted;

import dev.assay.operator.Operators;

/// A violation that [dev.assay.cli.ArchitectureTest] must find.
final class ResultsWithOperators {
    private ResultsWithOperators() {}

    static Object violation() {
        return Operators.all();
    }
}
