package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// A tile is computed before its neighbour has sent a row.
final class HaloLost extends Fault {
    HaloLost() {
        super(
                "halo-lost",
                "",
                List.of("exact", "bound"),
                List.of("terms-missing"),
                "the last row of each tile of 16 misses the row behind it",
                "stencil");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoilingUnrounded(plain, "Y", (found, given) -> {
            if (!call.attributes().text("pattern").equals("star")) {
                return;
            }
            Tensor x = given.input("X").tensor();
            double weight = given.input("W").tensor().get(2);
            long rows = found.shape().dim(0);
            long width = rows == 0 ? 0 : found.shape().elements() / rows;
            for (long i = 0; i < (rows - 1) * width; i++) {
                if (i / width % 16 == 15) {
                    found.set(i, found.get(i) - weight * x.get(i + width));
                }
            }
        });
    }
}
