package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The distance of an atom to itself is 0.
final class SelfListed extends Fault {
    SelfListed() {
        super(
                "self-listed",
                "",
                List.of("exact"),
                List.of("off-by-one"),
                "each atom is listed among its own neighbours",
                "neighbour_list");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "neighbours", (found, given) -> {
            long width = found.shape().dim(1);
            for (long i = 0; i < found.shape().dim(0) && width > 0; i++) {
                long k = 0;
                while (k < width
                        && Reading.code(found, i * width + k) != found.dtype().encodeLong(-1)) {
                    k++;
                }
                found.setCodeAt(
                        found.position(i * width + Math.min(k, width - 1)),
                        found.dtype().encodeLong(i));
            }
        });
    }
}
