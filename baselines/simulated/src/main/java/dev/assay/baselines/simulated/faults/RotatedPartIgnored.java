package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// Scores are those of the latent part.
final class RotatedPartIgnored extends Fault {
    RotatedPartIgnored() {
        super(
                "rotated-part-ignored",
                "",
                List.of("bound"),
                List.of("operand-ignored"),
                "the rotated part of queries and keys does not count",
                "mla_attention");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call,
                arithmetic,
                reading -> reading.real("q_pe", reading.tensor("q_pe").dtype(), (i, value) -> 0));
    }
}
