package dev.assay.engine.judge;

import java.util.Optional;

/// Are sums over an output that is too large to be recomputed within what rounding explains?
final class LargeLayer implements Layer {
    static final String CODE = "large";

    @Override
    public Optional<Finding> check(Trial trial) {
        return trial.comparisons().stream()
                .flatMap(comparison -> comparison.projected().stream())
                .flatMap(projected -> projected.objection().stream())
                .findFirst()
                .map(reason -> Finding.of(CODE, reason));
    }
}
