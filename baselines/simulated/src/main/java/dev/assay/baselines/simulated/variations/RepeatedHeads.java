package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.KeyHeads;
import dev.assay.baselines.simulated.Reading;
import dev.assay.baselines.simulated.Variation;

/// As where a kernel knows no groups.
final class RepeatedHeads extends Variation {
    RepeatedHeads() {
        super(
                "repeated-heads",
                "46",
                "keys and values are repeated for every query head",
                "flex_attention",
                "varlen_attention");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call,
                arithmetic,
                reading -> KeyHeads.repeated(reading, (head, heads, shared) -> head / (heads / shared)));
    }
}
