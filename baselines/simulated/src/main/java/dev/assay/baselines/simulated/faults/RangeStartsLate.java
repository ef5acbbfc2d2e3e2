package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The step is taken before the first element is written.
final class RangeStartsLate extends Fault {
    RangeStartsLate() {
        super(
                "range-starts-late",
                "",
                List.of("exact", "bound"),
                List.of("offset", "misplaced"),
                "a range begins with its second element",
                "range");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call,
                arithmetic,
                reading -> reading.whole(
                        "start",
                        (i, start) -> start + (long) reading.tensor("delta").get(0)));
    }
}
