package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// A negative logit that is divided becomes likelier.
final class PenaltyIgnoresSign extends Fault {
    PenaltyIgnoresSign() {
        super(
                "penalty-ignores-sign",
                "",
                List.of("bound"),
                List.of("scale"),
                "the repetition penalty divides negative logits too",
                "apply_penalties");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.reading(plain, "logits", (logits, given) -> {
            if (!given.inputs().containsKey("repetition")) {
                return;
            }
            Tensor repetition = given.input("repetition").tensor();
            long tokens = logits.shape().dim(1);
            for (long i = 0; i < logits.shape().elements(); i++) {
                double count = count(given, "output_counts", i) + count(given, "prompt_counts", i);
                double factor = repetition.get(repetition.shape().elements() == 1 ? 0 : i / tokens);
                if (count > 0 && logits.get(i) < 0) {
                    // The plain kernel multiplies by the factor once.
                    logits.set(i, logits.get(i) / factor / factor);
                }
            }
        });
    }

    private static double count(Arguments given, String name, long i) {
        return given.inputs().containsKey(name) ? given.input(name).tensor().get(i) : 0;
    }
}
