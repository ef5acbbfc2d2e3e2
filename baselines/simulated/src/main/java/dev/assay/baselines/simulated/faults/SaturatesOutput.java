package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// The final conversion saturates.
final class SaturatesOutput extends Fault {
    SaturatesOutput() {
        super(
                "saturates-output",
                "M10",
                List.of("bound", "special"),
                List.of("overflow", "special-values"),
                "results beyond the output's range become its largest number",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result((value, output, row, column) ->
                Math.abs(value) > output.maxFinite() ? Math.copySign(output.maxFinite(), value) : value);
    }
}
