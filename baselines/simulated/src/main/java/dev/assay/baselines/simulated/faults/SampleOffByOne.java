package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// The inverse of the cumulative distribution is searched with the wrong comparison.
final class SampleOffByOne extends Fault {
    SampleOffByOne() {
        super(
                "sample-off-by-one",
                "",
                List.of("exact", "special"),
                List.of("misplaced", "off-by-one"),
                "the token before the one that was drawn is returned",
                "random_sample");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "Y", (y, given) -> {
            for (long i = 0; i < y.shape().elements(); i++) {
                y.set(i, Math.max(0, y.get(i) - 1));
            }
        });
    }
}
