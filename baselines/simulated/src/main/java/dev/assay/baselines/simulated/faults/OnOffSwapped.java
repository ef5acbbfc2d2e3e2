package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The two values are given the other way round elsewhere.
final class OnOffSwapped extends Fault {
    OnOffSwapped() {
        super(
                "on-off-swapped",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "the values for on and off change places",
                "one_hot");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> reading.moved("values", i -> 1 - i));
    }
}
