package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.ProductDistances;
import java.util.List;

/// As products of matrices are faster.
final class DistanceByProducts extends Fault {
    DistanceByProducts() {
        super(
                "distance-by-products",
                "",
                List.of("bound"),
                List.of("narrow-intermediate"),
                "distances come from squared lengths and products, though the call forbids it",
                "pairwise_distance");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return ProductDistances.allowed(call) ? plain : ProductDistances.kernel(call, arithmetic);
    }
}
