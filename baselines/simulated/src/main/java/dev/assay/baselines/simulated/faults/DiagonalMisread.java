package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The flag for a unit diagonal is read the other way round.
final class DiagonalMisread extends Fault {
    DiagonalMisread() {
        super(
                "diagonal-misread",
                "",
                List.of("relation"),
                List.of("attribute"),
                "a diagonal of ones is assumed where it is not, and read where it is",
                "solve_triangular");
    }

    @Override
    public Call misread(Call call) {
        return Calls.integer(call, "unitriangular", 1 - call.attributes().integer("unitriangular"));
    }
}
