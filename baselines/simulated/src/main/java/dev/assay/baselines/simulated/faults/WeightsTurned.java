package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Both ways fit where a matrix is square.
final class WeightsTurned extends Fault {
    WeightsTurned() {
        super(
                "weights-turned",
                "G22",
                List.of("bound", "exact"),
                List.of("misplaced"),
                "square weights are read as their transpose on the way back",
                "linear_grad",
                "matmul_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            String weights = reading.has("W") ? "W" : "B";
            Tensor w = reading.tensor(weights);
            int rank = w.shape().rank();
            if (rank < 2 || w.shape().dim(-1) != w.shape().dim(-2)) {
                return reading;
            }
            long size = w.shape().dim(-1);
            return reading.moved(weights, i -> {
                long inner = i % (size * size);
                return i - inner + inner % size * size + inner / size;
            });
        });
    }
}
