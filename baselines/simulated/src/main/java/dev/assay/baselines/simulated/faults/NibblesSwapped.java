package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The first of two numbers in a byte is the low one, or the high one.
final class NibblesSwapped extends Fault {
    NibblesSwapped() {
        super(
                "nibbles-swapped",
                "",
                List.of("exact", "bound"),
                List.of("misplaced"),
                "neighbours that share a byte change places",
                "dequantize_linear",
                "weight_only_matmul");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            String input = reading.has("W") ? "W" : "x";
            long pairs = reading.tensor(input).shape().elements() / 2 * 2;
            return reading.tensor(input).dtype().bits() == 4
                    ? reading.moved(input, i -> i < pairs ? i ^ 1 : i)
                    : reading;
        });
    }
}
