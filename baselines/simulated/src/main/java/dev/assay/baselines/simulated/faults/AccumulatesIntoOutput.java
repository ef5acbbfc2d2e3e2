package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// The output is not cleared before sums are added to it.
final class AccumulatesIntoOutput extends Fault {
    AccumulatesIntoOutput() {
        super(
                "accumulates-into-output",
                "M25",
                List.of("memory"),
                List.of("reads-garbage", "unwritten"),
                "results are added to what the output holds",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.accumulates();
    }
}
