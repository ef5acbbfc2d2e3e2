package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// As if nothing were padded.
final class MaskNotApplied extends Fault {
    MaskNotApplied() {
        super(
                "mask-not-applied",
                "",
                List.of("exact", "bound"),
                List.of("mask", "operand-ignored"),
                "the mask is ignored",
                "triangle_multiplication",
                "triangle_attention",
                "outer_product_mean");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> reading.has("mask") ? reading.without("mask") : reading);
    }
}
