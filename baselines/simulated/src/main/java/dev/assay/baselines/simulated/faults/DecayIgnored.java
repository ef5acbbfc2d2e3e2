package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// As linear attention without gates.
final class DecayIgnored extends Fault {
    DecayIgnored() {
        super(
                "decay-ignored",
                "",
                List.of("bound"),
                List.of("operand-ignored"),
                "the state does not decay",
                "linear_attention");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> reading.has("decay") ? reading.without("decay") : reading);
    }
}
