package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The average follows what it should smooth.
final class DecaySwapped extends Fault {
    DecaySwapped() {
        super(
                "decay-swapped",
                "",
                List.of("bound", "rms", "bias"),
                List.of("attribute"),
                "the decay is that of the parameter and not of the average",
                "weight_ema");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "decay", 1 - call.attributes().real("decay"));
    }
}
