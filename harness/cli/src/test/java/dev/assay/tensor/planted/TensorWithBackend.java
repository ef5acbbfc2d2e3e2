package dev.assay.tensor.planted;

import dev.assay.backend.ComputeContract;

/// A violation that [dev.assay.cli.ArchitectureTest] must find.
final class TensorWithBackend {
    private TensorWithBackend() {}

    static Object violation() {
        return ComputeContract.STRICT;
    }
}
