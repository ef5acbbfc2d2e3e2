package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.VectorUnits;
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
                "matmul",
                "fp8_block_matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.aligned(13, 16));
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return VectorUnits.summing(arithmetic, Summations.aligned(13, 16));
    }
}
