package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The denominator is that of the keys alone.
final class SinksIgnored extends Fault {
    SinksIgnored() {
        super(
                "sinks-ignored",
                "",
                List.of("bound"),
                List.of("operand-ignored"),
                "sinks do not count",
                "varlen_attention",
                "paged_attention");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> reading.has("sinks") ? reading.without("sinks") : reading);
    }
}
