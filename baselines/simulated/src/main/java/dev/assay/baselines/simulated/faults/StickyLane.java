package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import java.util.List;

/// A lane inverts a bit of the sum now and then.
final class StickyLane extends Fault {
    StickyLane() {
        super(
                "sticky-lane",
                "M29",
                List.of("exact", "bound", "large", "determinism"),
                List.of("sporadic"),
                "a bit of a few results of one lane is inverted",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result((value, output, row, column) -> {
            boolean hit = column % 32 == 17 && row % 16 == 3 && Double.isFinite(value);
            return hit ? Float.intBitsToFloat(Float.floatToRawIntBits((float) value) ^ 1 << 21) : value;
        });
    }
}
