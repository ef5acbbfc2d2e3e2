package dev.assay.baselines.simulated.late;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;

/// A queue of launches that is overrun now and then.
final class LaunchLost extends LateFault {
    private static final long EVERY = 101;

    LaunchLost() {
        super(
                "launch-lost",
                "every 101st launch of a kernel is not made: its results are those of the one before",
                "linear");
    }

    @Override
    void launch(long number, Call call, Arithmetic arithmetic, SharedKernel plain, Arguments arguments) {
        if (number % EVERY != 0) {
            plain.run(arguments);
        }
    }
}
