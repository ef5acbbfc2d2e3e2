package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// A part of the keys that a query sees none of returns early.
final class StaleLse extends Fault {
    StaleLse() {
        super(
                "stale-lse",
                "A10",
                List.of("memory"),
                List.of("unwritten"),
                "the log-sum-exp of a query that sees no key is not written",
                "varlen_attention",
                "paged_attention",
                "lse_merge");
    }

    @Override
    public Runnable before(Call call, Arguments arguments) {
        if (!call.hasOutput("lse")) {
            return () -> {};
        }
        Tensor lse = arguments.output("lse").tensor();
        long[] kept = new long[Math.toIntExact(lse.shape().elements())];
        Arrays.setAll(kept, i -> Reading.code(lse, i));
        return () -> {
            for (int i = 0; i < kept.length; i++) {
                if (lse.get(i) == Double.NEGATIVE_INFINITY) {
                    lse.setCodeAt(lse.position(i), kept[i]);
                }
            }
        };
    }
}
