package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;

/// The online softmax forgets to rescale its sums when the maximum grows.
final class NoRescale extends Fault {
    NoRescale() {
        super("no-rescale", "bound", "running sums are not rescaled when the maximum grows", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.edit().online(true).keyTile(4).rescale(false).done();
    }
}
