package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// What meets in a place overwrites what is there.
final class DuplicatesOverwrite extends Fault {
    DuplicatesOverwrite() {
        super(
                "duplicates-overwrite",
                "M02",
                List.of("exact", "bound"),
                List.of("terms-missing", "misplaced"),
                "a reduction keeps the last update alone",
                "scatter_elements",
                "scatter_nd");
    }

    @Override
    public Call misread(Call call) {
        return Calls.text(call, "reduction", "none");
    }
}
