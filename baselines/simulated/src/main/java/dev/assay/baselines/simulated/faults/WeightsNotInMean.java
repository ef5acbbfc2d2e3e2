package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Labelled;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// The weights of classes are forgotten where the sum is divided.
final class WeightsNotInMean extends Fault {
    WeightsNotInMean() {
        super(
                "weights-not-in-mean",
                "",
                List.of("bound"),
                List.of("scale"),
                "a weighted sum is divided by the number of rows instead of their weights",
                "softmax_cross_entropy_loss",
                "negative_log_likelihood_loss",
                "softmax_cross_entropy_loss_grad",
                "negative_log_likelihood_loss_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (!Labelled.divides(call)) {
            return plain;
        }
        return Operands.spoilingUnrounded(plain, call.outputs().getFirst().name(), (result, given) -> {
            Labelled labels = Labelled.of(call, given);
            if (labels.weight() != (double) labels.counted()) {
                Labelled.scale(result, labels.weight() / (double) labels.counted());
            }
        });
    }
}
