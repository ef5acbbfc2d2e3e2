package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// An argument that is never passed on.
final class WeightDecayLost extends Fault {
    WeightDecayLost() {
        super(
                "weight-decay-lost",
                "M08",
                List.of("bound", "rms", "bias"),
                List.of("attribute"),
                "there is no decay",
                "adamw",
                "lion",
                "sgd");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "weight_decay", 0);
    }
}
