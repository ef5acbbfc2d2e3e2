package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.MatMulNumerics.Terms;
import java.util.Arrays;
import java.util.List;

/// Two splits along k share the term at their border.
final class SplitOverlap extends Fault {
    SplitOverlap() {
        super(
                "split-overlap",
                "",
                List.of("exact"),
                List.of("terms-repeated"),
                "the term at the border of two splits is counted in both",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.terms((k, tile) -> {
            int[] positions = Arrays.copyOf(Terms.all(k), k < 2 ? k : k + 1);
            Arrays.fill(positions, k, positions.length, k / 2);
            return positions;
        });
    }
}
