package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Labelled;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// Rows that are ignored are still rows.
final class MeanOverAllRows extends Fault {
    MeanOverAllRows() {
        super(
                "mean-over-all-rows",
                "N26",
                List.of("bound"),
                List.of("scale"),
                "a mean is divided by all rows, ignored ones included",
                "softmax_cross_entropy_loss",
                "negative_log_likelihood_loss",
                "cross_entropy",
                "softmax_cross_entropy_loss_grad",
                "negative_log_likelihood_loss_grad",
                "cross_entropy_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (!Labelled.divides(call)) {
            return plain;
        }
        return Operands.spoilingUnrounded(plain, call.outputs().getFirst().name(), (result, given) -> {
            Labelled labels = Labelled.of(call, given);
            if (labels.counted() < labels.rows()) {
                Labelled.scale(result, (double) labels.counted() / (double) labels.rows());
            }
        });
    }
}
