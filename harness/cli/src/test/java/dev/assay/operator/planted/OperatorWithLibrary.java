package dev.assay.operator.planted;

import org.apache.commons.csv.CSVFormat;

/// A violation that [dev.assay.cli.ArchitectureTest] must find.
final class OperatorWithLibrary {
    private OperatorWithLibrary() {}

    static Object violation() {
        return CSVFormat.DEFAULT;
    }
}
