package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.Variation;
import java.util.Optional;

/// Atomic additions; the contract promises no equal bits.
final class DeclaredAtomics extends Variation {
    DeclaredAtomics() {
        super("declared-atomics", "9", "partial sums are added as they arrive, as declared", "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.orders((standard, row) -> Optional.of(Summations.atomics(8, 31 * row.launch() + row.number())));
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return declared.toBuilder().deterministic(false).batchInvariant(false).build();
    }
}
