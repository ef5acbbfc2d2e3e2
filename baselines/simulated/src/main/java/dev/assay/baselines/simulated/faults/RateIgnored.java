package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.DType;
import java.util.List;

/// Every update counts in full.
final class RateIgnored extends Fault {
    RateIgnored() {
        super(
                "rate-ignored",
                "",
                List.of("bound"),
                List.of("operand-ignored", "scale"),
                "the rate of updates is 1",
                "linear_attention");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call,
                arithmetic,
                reading -> reading.has("beta") ? reading.real("beta", DType.F32, (i, rate) -> 1) : reading);
    }
}
