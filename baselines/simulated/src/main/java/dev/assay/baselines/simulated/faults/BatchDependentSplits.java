package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The number of splits is chosen so that all cores are busy.
final class BatchDependentSplits extends Fault {
    BatchDependentSplits() {
        super(
                "batch-dependent-splits",
                "G32",
                List.of("determinism"),
                List.of("batch-dependent"),
                "keys are split in four where there is one sequence only",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.splits((batch, keys) -> batch == 1 ? 4 : 1);
    }
}
