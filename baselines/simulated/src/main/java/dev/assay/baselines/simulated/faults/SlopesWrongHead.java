package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The index of a head is one off where slopes are read.
final class SlopesWrongHead extends Fault {
    SlopesWrongHead() {
        super(
                "slopes-wrong-head",
                "A20",
                List.of("exact", "bound"),
                List.of("head-mapping"),
                "each head has the slope of the head before it",
                "varlen_attention",
                "paged_attention");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            if (!reading.has("alibi_slopes")) {
                return reading;
            }
            long heads = reading.tensor("alibi_slopes").shape().elements();
            return reading.moved("alibi_slopes", head -> (head + heads - 1) % heads);
        });
    }
}
