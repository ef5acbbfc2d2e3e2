package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.tensor.DType;
import java.util.List;

/// The partial sums of a split along k travel in bf16.
final class SplitKBf16 extends Fault {
    SplitKBf16() {
        super(
                "split-k-bf16",
                "G04",
                List.of("exact", "bound", "rms", "bias", "large", "contract"),
                List.of("narrow-partials"),
                "partial sums of four splits are rounded to bf16",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.split(4, DType.BF16));
    }
}
