package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.tensor.DType;
import java.util.List;

/// The partial sums of a split along k travel in f16.
final class SplitKF16 extends Fault {
    SplitKF16() {
        super(
                "split-k-f16",
                "G04",
                List.of("exact", "bound", "rms", "bias", "large", "contract"),
                List.of("narrow-partials"),
                "partial sums of four splits are rounded to f16",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.split(4, DType.F16));
    }
}
