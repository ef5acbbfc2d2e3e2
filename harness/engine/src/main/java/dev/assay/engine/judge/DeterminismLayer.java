package dev.assay.engine.judge;

import java.util.Optional;

/// Does the kernel give equal bits where it promises to?
final class DeterminismLayer implements Layer {
    static final String CODE = "determinism";

    @Override
    public Optional<Finding> check(Trial trial) {
        return trial.contract().deterministic() && !trial.repeats()
                ? Optional.of(
                        Finding.of(CODE, "two runs on the same input differ, and the contract says deterministic"))
                : Optional.empty();
    }
}
