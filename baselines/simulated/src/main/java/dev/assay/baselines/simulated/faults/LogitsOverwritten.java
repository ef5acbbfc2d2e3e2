package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.Tensor;
import java.util.List;

/// A kernel that saves memory by writing what it needs for the gradient over the logits, which are not its to change:
/// losses are right, and whoever reads the logits next gets probabilities.
final class LogitsOverwritten extends Fault {
    LogitsOverwritten() {
        super(
                "logits-overwritten",
                "N29",
                List.of("memory"),
                List.of("inputs-changed"),
                "probabilities are left where the logits were",
                "cross_entropy");
    }

    @Override
    public void after(Call call, Arguments arguments) {
        Tensor logits = arguments.input("logits").tensor();
        long classes = logits.shape().dim(logits.shape().rank() - 1);
        for (long row = 0; row < logits.shape().elements(); row += classes) {
            double greatest = Double.NEGATIVE_INFINITY;
            double sum = 0;
            for (long i = row; i < row + classes; i++) {
                greatest = Math.max(greatest, logits.get(i));
            }
            for (long i = row; i < row + classes; i++) {
                sum += Math.exp(logits.get(i) - greatest);
            }
            for (long i = row; i < row + classes; i++) {
                logits.set(i, Math.exp(logits.get(i) - greatest) / sum);
            }
        }
    }
}
