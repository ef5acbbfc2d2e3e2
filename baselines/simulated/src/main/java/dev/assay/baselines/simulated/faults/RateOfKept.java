package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.DType;
import java.util.List;

/// The rate of what stays for that of what goes.
final class RateOfKept extends Fault {
    RateOfKept() {
        super(
                "rate-of-kept",
                "M28",
                List.of("exact", "bound", "rms", "bias"),
                List.of("scale", "attribute"),
                "ratio is taken for the rate of elements that stay",
                "dropout",
                "dropout_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call,
                arithmetic,
                reading -> reading.has("ratio") ? reading.real("ratio", DType.F32, (i, ratio) -> 1 - ratio) : reading);
    }
}
