package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import java.util.List;
import java.util.Optional;

/// Partial sums are added as they arrive, although equal bits are promised.
final class UnorderedAtomics extends Fault {
    UnorderedAtomics() {
        super(
                "unordered-atomics",
                "",
                List.of("determinism"),
                List.of("nondeterministic"),
                "partial sums are added in another order at every launch",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.orders((standard, row) -> Optional.of(Summations.atomics(8, 31 * row.launch() + row.number())));
    }
}
