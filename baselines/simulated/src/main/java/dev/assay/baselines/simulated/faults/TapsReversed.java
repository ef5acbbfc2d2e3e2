package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;

/// A convolution in the mathematical sense.
final class TapsReversed extends Fault {
    TapsReversed() {
        super(
                "taps-reversed",
                "",
                List.of("bound", "exact"),
                List.of("misplaced"),
                "filters are applied in reverse",
                "causal_conv1d",
                "causal_conv_with_state",
                "conv",
                "conv_integer",
                "qlinear_conv",
                "conv_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            String weights = Stream.of("weight", "w", "W")
                    .filter(reading::has)
                    .findFirst()
                    .orElseThrow();
            Shape shape = reading.tensor(weights).shape();
            // Taps are the first dimension of a packed convolution and the last ones of all others.
            long taps = reading.has("conv_state")
                    ? shape.dim(0)
                    : shape.slice(2, shape.rank()).elements();
            long inner = reading.has("conv_state") ? shape.dim(1) : 1;
            return reading.moved(weights, i -> {
                long tap = i / inner % taps;
                return i + (taps - 1 - 2 * tap) * inner;
            });
        });
    }
}
