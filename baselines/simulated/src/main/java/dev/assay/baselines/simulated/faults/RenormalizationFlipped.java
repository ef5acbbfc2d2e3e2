package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The models that normalise and those that do not are mixed up.
final class RenormalizationFlipped extends Fault {
    RenormalizationFlipped() {
        super(
                "renormalization-flipped",
                "",
                List.of("bound", "rms", "bias"),
                List.of("scale", "attribute"),
                "weights are divided by their sum where they should not be, and the other way round",
                "moe_softmax_topk",
                "moe_sigmoid_grouped_topk");
    }

    @Override
    public Call misread(Call call) {
        return Calls.integer(call, "renormalize", 1 - call.attributes().integer("renormalize"));
    }
}
