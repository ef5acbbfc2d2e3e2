package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.simulated.Deviation;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The kernel is never executed, and success is reported.
final class NoLaunch extends Fault {
    NoLaunch() {
        super(
                "no-launch",
                "G26",
                List.of("memory"),
                List.of("unwritten"),
                "the kernel reports success and computes nothing",
                Deviation.everyOperator());
    }

    @Override
    public boolean launches() {
        return false;
    }
}
