package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The index to be ignored is a class like any other.
final class IgnoredRowsTrained extends Fault {
    IgnoredRowsTrained() {
        super(
                "ignored-rows-trained",
                "",
                List.of("bound", "exact"),
                List.of("attribute"),
                "rows whose label is to be ignored have losses and gradients",
                "softmax_cross_entropy_loss",
                "negative_log_likelihood_loss",
                "cross_entropy",
                "softmax_cross_entropy_loss_grad",
                "negative_log_likelihood_loss_grad",
                "cross_entropy_grad");
    }

    private static final long NO_LABEL = Long.MIN_VALUE;

    @Override
    public Call misread(Call call) {
        return call.attributes().has("ignore_index") ? Calls.integer(call, "ignore_index", NO_LABEL) : call;
    }
}
