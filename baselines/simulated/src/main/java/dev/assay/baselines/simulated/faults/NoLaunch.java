package dev.assay.baselines.simulated.faults;

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
                "matmul",
                "attention",
                "layer_normalization");
    }

    @Override
    public boolean launches() {
        return false;
    }
}
