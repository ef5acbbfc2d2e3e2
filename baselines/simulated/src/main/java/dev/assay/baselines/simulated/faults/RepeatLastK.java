package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.Arrays;
import java.util.List;

/// A clamped load fills the last tile along k with its last term.
final class RepeatLastK extends Fault {
    RepeatLastK() {
        super(
                "repeat-last-k",
                "G10",
                List.of("exact", "bound"),
                List.of("terms-repeated"),
                "the last, partial tile of k is filled up with its last term",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.terms((k, tile) -> {
            int[] positions = new int[Math.ceilDiv(k, tile) * tile];
            Arrays.setAll(positions, i -> Math.min(i, k - 1));
            return positions;
        });
    }
}
