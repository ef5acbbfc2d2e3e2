package dev.assay.baselines.simulated.late;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Base of the bugs that begin after some launches of a prepared kernel. No layer of the judge is expected to find
/// them.
abstract class LateFault extends Fault {
    LateFault(String id, String what, String operator) {
        super(id, "", List.of(), List.of(), what, operator);
    }

    /// A launch that may be spoilt.
    ///
    /// @param number of the launch, from 1
    abstract void launch(long number, Call call, Arithmetic arithmetic, SharedKernel plain, Arguments arguments);

    @Override
    public final SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        AtomicLong launches = new AtomicLong();
        return arguments -> launch(launches.incrementAndGet(), call, arithmetic, plain, arguments);
    }
}
