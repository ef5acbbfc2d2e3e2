package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// A squared distance meets a plain one.
final class CutoffNotSquared extends Fault {
    CutoffNotSquared() {
        super(
                "cutoff-not-squared",
                "",
                List.of("bound", "exact"),
                List.of("attribute"),
                "squared distances are compared with the cutoff itself",
                "lennard_jones",
                "neighbour_list");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "cutoff", Math.sqrt(call.attributes().real("cutoff")));
    }
}
