package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// The temperature is applied once more.
final class LogitsSharpened extends Fault {
    LogitsSharpened() {
        super(
                "logits-sharpened",
                "",
                List.of("exact"),
                List.of("scale"),
                "tokens are drawn at half the temperature",
                "random_sample");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.reading(plain, "logits", (logits, given) -> {
            for (long i = 0; i < logits.shape().elements(); i++) {
                logits.set(i, 2 * logits.get(i));
            }
        });
    }
}
