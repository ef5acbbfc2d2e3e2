package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Summations;
import java.util.List;
import java.util.Optional;

/// Two blocks share a workspace, and one at times reads before the other has written.
final class RacingWorkspace extends Fault {
    RacingWorkspace() {
        super(
                "racing-workspace",
                "M22",
                List.of("bound", "determinism"),
                List.of("nondeterministic", "terms-missing"),
                "in some rows, at every other launch, sums lose a part",
                "matmul");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.orders((standard, row) -> row.number() % 4 == 3 && (row.number() / 4 + row.launch()) % 2 == 0
                ? Optional.of(Summations.losing(4, 3))
                : standard);
    }
}
