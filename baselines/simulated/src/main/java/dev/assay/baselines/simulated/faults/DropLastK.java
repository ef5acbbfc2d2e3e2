package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.MatMulNumerics.Terms;
import java.util.Arrays;
import java.util.List;

/// A loop along k ends one term early.
final class DropLastK extends Fault {
    DropLastK() {
        super(
                "drop-last-k",
                "G08",
                List.of("exact", "bound"),
                List.of("terms-missing"),
                "the last term of every sum is left out",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.terms((k, tile) -> Arrays.copyOf(Terms.all(k), Math.max(0, k - 1)));
    }
}
