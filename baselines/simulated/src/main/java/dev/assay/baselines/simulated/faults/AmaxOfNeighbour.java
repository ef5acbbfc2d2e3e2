package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The loop for the largest number runs over the end of its row, as over rows of padding.
final class AmaxOfNeighbour extends Fault {
    AmaxOfNeighbour() {
        super(
                "amax-of-neighbour",
                "M13",
                List.of("exact", "bound"),
                List.of("scale"),
                "the numbers of the next row or group count for the scale",
                "dynamic_quant");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            Tensor x = reading.tensor("x");
            Tensor scales = reading.given().output("scale").tensor();
            Tensor y = reading.given().output("y").tensor();
            long groups = scales.shape().elements();
            return reading.then(() -> {
                for (long group = 0; group + 1 < groups; group++) {
                    long size = x.shape().elements() / groups;
                    double largest = 0;
                    for (long i = (group + 1) * size; i < (group + 2) * size; i++) {
                        largest = Math.max(largest, Math.abs(x.get(i)));
                    }
                    double scale = largest / y.dtype().maxFinite();
                    if (scale > scales.get(group)) {
                        scales.set(group, scale);
                        for (long i = group * size; i < (group + 1) * size; i++) {
                            double quotient = x.get(i) / scales.get(group);
                            y.set(i, y.dtype().isFloat() ? quotient : Math.rint(quotient));
                        }
                    }
                }
            });
        });
    }
}
