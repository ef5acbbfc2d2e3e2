package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Margins are given by sides in one place and by dimensions in the other.
final class MarginsSwapped extends Fault {
    MarginsSwapped() {
        super(
                "margins-swapped",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "margins before and behind change places",
                "pad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            long half = reading.tensor("pads").shape().elements() / 2;
            return reading.moved("pads", i -> (i + half) % (2 * half));
        });
    }
}
