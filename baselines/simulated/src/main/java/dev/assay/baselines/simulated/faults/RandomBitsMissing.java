package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The random bits are never added.
final class RandomBitsMissing extends Fault {
    RandomBitsMissing() {
        super(
                "random-bits-missing",
                "M08",
                List.of("exact"),
                List.of("truncation"),
                "numbers are cut off instead of rounded at random",
                "stochastic_round");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "Y", (y, given) -> {
            Tensor x = given.input("X").tensor();
            for (long i = 0; i < y.shape().elements(); i++) {
                double size = Math.abs(x.get(i));
                if (size < y.dtype().maxFinite()) {
                    double ulp = y.dtype().ulp(size);
                    y.set(i, Math.copySign(Math.floor(size / ulp) * ulp, x.get(i)));
                }
            }
        });
    }
}
