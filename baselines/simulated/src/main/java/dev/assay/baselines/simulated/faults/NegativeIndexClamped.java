package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Negative indices are taken for errors.
final class NegativeIndexClamped extends Fault {
    NegativeIndexClamped() {
        super(
                "negative-index-clamped",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "negative indices point to the first element",
                "gather",
                "gather_elements",
                "gather_nd",
                "scatter_elements",
                "scatter_nd");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> reading.whole("indices", (i, index) -> Math.max(0, index)));
    }
}
