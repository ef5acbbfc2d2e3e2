package dev.assay.operator.linalg;

import dev.assay.numerics.DoubleDouble;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Exact eigenvalues of symmetric matrices, worked out when they are first asked for.
final class Spectra {
    private final Supplier<DoubleDouble[][][]> matrices;
    private final Map<Integer, DoubleDouble[]> known = new ConcurrentHashMap<>();

    Spectra(Supplier<DoubleDouble[][][]> matrices) {
        this.matrices = matrices;
    }

    /// Of one matrix, in ascending order.
    DoubleDouble[] of(int matrix) {
        return known.computeIfAbsent(matrix, n -> JacobiEigenvalues.ascending(matrices.get()[n]));
    }
}
