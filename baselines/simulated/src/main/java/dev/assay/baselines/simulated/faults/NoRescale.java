package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The online softmax forgets to rescale its sums when the maximum grows.
final class NoRescale extends Fault {
    NoRescale() {
        super(
                "no-rescale",
                "A11",
                List.of("bound"),
                List.of("not-rescaled"),
                "running sums are not rescaled when the maximum grows",
                "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.online(true).keyTile(4).rescale(false);
    }
}
