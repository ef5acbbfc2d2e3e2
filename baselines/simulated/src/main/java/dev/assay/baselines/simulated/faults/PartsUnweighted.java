package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.DType;
import java.util.List;

/// Both parts count alike.
final class PartsUnweighted extends Fault {
    PartsUnweighted() {
        super(
                "parts-unweighted",
                "",
                List.of("bound"),
                List.of("operand-ignored", "scale"),
                "two parts of the keys are averaged",
                "lse_merge");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call,
                arithmetic,
                reading -> reading.moved("lse_a", i -> i)
                        .real(
                                "lse_b",
                                DType.F32,
                                (i, lse) -> reading.tensor("lse_a").get(i)));
    }
}
