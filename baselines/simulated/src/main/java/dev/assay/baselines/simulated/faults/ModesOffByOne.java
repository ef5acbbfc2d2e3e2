package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;
import java.util.function.LongUnaryOperator;

/// The constant mode is taken for none, or counted twice.
final class ModesOffByOne extends Fault {
    ModesOffByOne() {
        super(
                "modes-off-by-one",
                "",
                List.of("bound"),
                List.of("misplaced", "off-by-one"),
                "the weights of each mode are used for the one before it",
                "spectral_conv");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            long modes = reading.tensor("weights").shape().dim(-2);
            LongUnaryOperator next = i -> i / 2 % modes == modes - 1 ? -1 : i + 2;
            Reading moved = reading.picked("weights", reading.tensor("weights").shape(), next);
            return reading.has("weights2")
                    ? moved.picked("weights2", reading.tensor("weights2").shape(), next)
                    : moved;
        });
    }
}
