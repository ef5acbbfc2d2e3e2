package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// An accumulator that is cleared as one of a sum is.
final class ExtremeStartsAtZero extends Fault {
    ExtremeStartsAtZero() {
        super(
                "extreme-starts-at-zero",
                "M19",
                List.of("exact"),
                List.of("terms-repeated", "operand-ignored"),
                "the search for an extreme starts at 0",
                "reduce_max",
                "reduce_min");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        boolean largest = call.operator().equals("reduce_max");
        return Operands.spoiling(plain, "reduced", (reduced, given) -> {
            for (long i = 0; i < reduced.shape().elements(); i++) {
                if (largest ? reduced.get(i) < 0 : reduced.get(i) > 0) {
                    reduced.set(i, 0);
                }
            }
        });
    }
}
