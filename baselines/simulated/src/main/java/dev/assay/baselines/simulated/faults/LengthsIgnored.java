package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Shape;
import java.util.List;

/// Padding is reversed with the sequence.
final class LengthsIgnored extends Fault {
    LengthsIgnored() {
        super(
                "lengths-ignored",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "every sequence is reversed as a whole",
                "reverse_sequence");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            Shape shape = reading.tensor("input").shape();
            long times = shape.dim(reading.call().attributes().integer("time_axis") == 0 ? 0 : 1);
            return reading.whole("sequence_lens", (n, length) -> times);
        });
    }
}
