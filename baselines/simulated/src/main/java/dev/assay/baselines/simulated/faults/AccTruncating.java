package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import java.util.List;

/// Sums are cut off toward zero, undeclared.
final class AccTruncating extends Fault {
    AccTruncating() {
        super(
                "acc-truncating",
                "G17",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("truncation"),
                "each addition is cut off to f32",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.TRUNCATING);
    }
}
