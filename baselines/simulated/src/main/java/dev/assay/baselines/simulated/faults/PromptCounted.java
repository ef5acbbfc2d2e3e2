package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// One count is kept for both.
final class PromptCounted extends Fault {
    PromptCounted() {
        super(
                "prompt-counted",
                "",
                List.of("bound"),
                List.of("offset", "terms-repeated"),
                "tokens of the prompt count as tokens of the answer",
                "apply_penalties");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (!call.hasInput("prompt_counts")) {
            return plain;
        }
        return Operands.reading(plain, "output_counts", (counts, given) -> {
            Tensor prompt = given.input("prompt_counts").tensor();
            for (long i = 0; i < counts.shape().elements(); i++) {
                counts.set(i, counts.get(i) + prompt.get(i));
            }
        });
    }
}
