package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.ArrayList;
import java.util.List;

/// Another convention for the order of two momenta.
final class CouplingSign extends Fault {
    CouplingSign() {
        super(
                "coupling-sign",
                "",
                List.of("bound"),
                List.of("sign", "misplaced"),
                "paths whose degrees add up to an odd number have the other sign",
                "tensor_product");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            long[] degrees = {
                call.attributes().integer("lmax_in"),
                call.attributes().integer("lmax_edge"),
                call.attributes().integer("lmax_out")
            };
            List<Boolean> odd = new ArrayList<>();
            for (long l1 = 0; l1 <= degrees[0]; l1++) {
                for (long l2 = 0; l2 <= degrees[1]; l2++) {
                    for (long l3 = Math.abs(l1 - l2); l3 <= Math.min(degrees[2], l1 + l2); l3++) {
                        odd.add((l1 + l2 + l3) % 2 == 1);
                    }
                }
            }
            long channels = reading.tensor("weights").shape().dim(2);
            return reading.real(
                    "weights",
                    reading.tensor("weights").dtype(),
                    (i, value) -> odd.get((int) (i / channels % odd.size())) ? -value : value);
        });
    }
}
