package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// The rule of the model before.
final class GroupsByBest extends Fault {
    GroupsByBest() {
        super(
                "groups-by-best",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "groups are chosen by their best expert instead of their best two",
                "moe_sigmoid_grouped_topk");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        int experts = Math.toIntExact(call.input("logits").shape().dim(1));
        int groups = Math.toIntExact(call.attributes().integer("n_group"));
        int kept = Math.toIntExact(call.attributes().integer("topk_group"));
        int size = experts / groups;
        if (!call.hasInput("correction_bias")) {
            return plain;
        }
        return Operands.reading(plain, "logits", (logits, given) -> {
            Tensor bias = given.input("correction_bias").tensor();
            for (long token = 0; token < logits.shape().dim(0); token++) {
                double[] best = new double[groups];
                Arrays.fill(best, Double.NEGATIVE_INFINITY);
                for (int i = 0; i < experts; i++) {
                    double score = 1 / (1 + Math.exp(-logits.get(token * experts + i))) + bias.get(i);
                    best[i / size] = Math.max(best[i / size], score);
                }
                double[] sorted = best.clone();
                Arrays.sort(sorted);
                for (int i = 0; i < experts; i++) {
                    // A logit this low has the score 0.
                    if (best[i / size] < sorted[groups - kept]) {
                        logits.set(token * experts + i, Double.NEGATIVE_INFINITY);
                    }
                }
            }
        });
    }
}
