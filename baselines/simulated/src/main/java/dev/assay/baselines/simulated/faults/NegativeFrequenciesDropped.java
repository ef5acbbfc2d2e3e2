package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Low modes are those with small numbers, which forgets the second block.
final class NegativeFrequenciesDropped extends Fault {
    NegativeFrequenciesDropped() {
        super(
                "negative-frequencies-dropped",
                "",
                List.of("bound"),
                List.of("operand-ignored", "terms-missing"),
                "of negative frequencies nothing is kept",
                "spectral_conv");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call,
                arithmetic,
                reading -> reading.has("weights2")
                        ? reading.real("weights2", reading.tensor("weights2").dtype(), (i, value) -> 0)
                        : reading);
    }
}
