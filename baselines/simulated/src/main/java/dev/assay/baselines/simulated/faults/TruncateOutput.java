package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// Results are cut off to the output's type.
final class TruncateOutput extends Fault {
    TruncateOutput() {
        super(
                "truncate-output",
                "",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("truncation"),
                "results are cut off instead of rounded",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result(MatMulNumerics.TRUNCATED_RESULTS);
    }
}
