package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.ProductDistances;
import dev.assay.baselines.simulated.Variation;

/// As products of matrices are faster.
final class DistancesByProducts extends Variation {
    DistancesByProducts() {
        super(
                "distances-by-products",
                "",
                "distances come from products where the call allows it",
                "pairwise_distance");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return ProductDistances.allowed(call) ? ProductDistances.kernel(call, arithmetic) : plain;
    }
}
