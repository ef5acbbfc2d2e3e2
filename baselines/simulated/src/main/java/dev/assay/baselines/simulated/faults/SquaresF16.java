package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.tensor.DType;
import java.util.List;

/// The sum of squares is kept in f16 and overflows beyond 65,504.
final class SquaresF16 extends Fault {
    SquaresF16() {
        super(
                "squares-f16",
                "N10",
                List.of("bound", "contract"),
                List.of("overflow", "narrow-accumulator"),
                "squares are summed in f16",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.squares(Summations.narrow(DType.F16));
    }
}
