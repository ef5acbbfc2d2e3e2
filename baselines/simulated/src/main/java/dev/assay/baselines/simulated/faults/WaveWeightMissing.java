package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// As where waves are drawn with this probability.
final class WaveWeightMissing extends Fault {
    WaveWeightMissing() {
        super(
                "wave-weight-missing",
                "",
                List.of("bound"),
                List.of("attribute"),
                "the Gaussian of a wave is left out",
                "ewald_reciprocal");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "alpha", 0x1p40);
    }
}
