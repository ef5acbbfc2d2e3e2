package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// The biased scores are kept, and those without bias are not.
final class BiasWeighs extends Fault {
    BiasWeighs() {
        super(
                "bias-weighs",
                "",
                List.of("bound"),
                List.of("offset"),
                "the bias that chooses experts is part of their weights",
                "moe_sigmoid_grouped_topk");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (!call.hasInput("correction_bias")) {
            return plain;
        }
        int experts = Math.toIntExact(call.input("logits").shape().dim(1));
        int k = Math.toIntExact(call.attributes().integer("k"));
        double factor = call.attributes().real("routed_scaling_factor");
        boolean renormalizes = call.attributes().integer("renormalize") != 0;
        return Operands.spoiling(plain, "weights", (weights, given) -> {
            Tensor logits = given.input("logits").tensor();
            Tensor bias = given.input("correction_bias").tensor();
            Tensor ids = given.output("ids").tensor();
            for (long token = 0; token < logits.shape().dim(0); token++) {
                double[] biased = new double[k];
                for (int r = 0; r < k; r++) {
                    long expert = (long) ids.get(token * k + r);
                    biased[r] = 1 / (1 + Math.exp(-logits.get(token * experts + expert))) + bias.get(expert);
                }
                double sum = renormalizes ? Arrays.stream(biased).sum() : 1;
                for (int r = 0; r < k; r++) {
                    weights.set(token * k + r, biased[r] / sum * factor);
                }
            }
        });
    }
}
