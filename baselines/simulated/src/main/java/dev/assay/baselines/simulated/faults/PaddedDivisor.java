package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import java.util.List;

/// The length of a row is rounded up to a multiple of 32.
final class PaddedDivisor extends Fault {
    PaddedDivisor() {
        super(
                "padded-divisor",
                "",
                List.of("bound"),
                List.of("variance-formula", "scale"),
                "sums are divided by the padded length of a row",
                "layer_normalization");
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.mean((sum, length) -> sum / (length + 31 & -32)).divisor(length -> length + 31 & -32);
    }
}
