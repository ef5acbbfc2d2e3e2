package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Exclusive and inclusive scans are mixed up.
final class RunningOffByOne extends Fault {
    RunningOffByOne() {
        super(
                "running-off-by-one",
                "",
                List.of("exact", "bound"),
                List.of("attribute", "off-by-one"),
                "an element counts in its own result where it should not, and the other way round",
                "cumsum",
                "cumprod");
    }

    @Override
    public Call misread(Call call) {
        return Calls.integer(call, "exclusive", 1 - call.attributes().integer("exclusive"));
    }
}
