package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import java.util.List;

/// Products are aligned and cut off to 14 bits, as in some 8-bit tensor cores, undeclared.
final class AccAligned14 extends Fault {
    AccAligned14() {
        super(
                "acc-aligned-14",
                "",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("narrow-accumulator"),
                "sums keep 14 bits and are cut off",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.aligned(13, 16));
    }
}
