package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The bias of edge jk is that of kj.
final class PairBiasTransposed extends Fault {
    PairBiasTransposed() {
        super(
                "pair-bias-transposed",
                "",
                List.of("bound"),
                List.of("misplaced"),
                "the pair bias is read transposed",
                "triangle_attention");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            if (!reading.has("bias")) {
                return reading;
            }
            long n = reading.tensor("bias").shape().dim(0);
            long heads = reading.tensor("bias").shape().dim(2);
            return reading.moved("bias", i -> (i / heads % n * n + i / heads / n) * heads + i % heads);
        });
    }
}
