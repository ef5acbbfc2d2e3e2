package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// A wrong dequantisation scale.
final class ScaleDrift extends Fault {
    ScaleDrift() {
        super(
                "scale-drift",
                "",
                List.of("exact", "bound", "bias"),
                List.of("scale"),
                "results are larger by one part in 512",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result((value, output, row, column) -> value * (1 + 0x1p-9));
    }
}
