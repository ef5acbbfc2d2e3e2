package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.tensor.DType;
import java.util.List;

/// Sums kept in f16, which overflow at 65,504.
final class AccF16 extends Fault {
    AccF16() {
        super(
                "acc-f16",
                "G02",
                List.of("exact", "bound", "contract"),
                List.of("narrow-accumulator", "overflow"),
                "sums are kept in f16",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.narrow(DType.F16));
    }
}
