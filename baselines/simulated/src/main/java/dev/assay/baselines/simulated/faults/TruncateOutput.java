package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;

/// Results are cut off to the output's type.
final class TruncateOutput extends Fault {
    TruncateOutput() {
        super("truncate-output", "bound", "results are cut off instead of rounded", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.withResult((value, output) -> {
            double rounded = output.round(value);
            boolean away = Double.isFinite(rounded) && Math.abs(rounded) > Math.abs(value);
            return away ? output.decode(output.encode(rounded) - 1) : value;
        });
    }
}
