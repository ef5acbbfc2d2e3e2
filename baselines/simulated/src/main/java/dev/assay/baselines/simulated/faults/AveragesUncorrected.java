package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The correction is for later.
final class AveragesUncorrected extends Fault {
    /// After so many steps there is nothing left to correct.
    private static final long LATE = 1L << 40;

    AveragesUncorrected() {
        super(
                "averages-uncorrected",
                "",
                List.of("bound", "rms", "bias"),
                List.of("scale"),
                "averages that began at 0 are not corrected",
                "adamw",
                "adam");
    }

    @Override
    public Call misread(Call call) {
        return call.operator().equals("adam")
                ? Calls.constant(call, "T", List.of(0L))
                : Calls.constant(call, "step", List.of(LATE));
    }
}
