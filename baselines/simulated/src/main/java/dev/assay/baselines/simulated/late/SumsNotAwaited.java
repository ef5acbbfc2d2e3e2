package dev.assay.baselines.simulated.late;

import dev.assay.backend.Arguments;
import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Reading;

/// Events by which a kernel waits for the sums of another stream, of which there are 64.
final class SumsNotAwaited extends LateFault {
    private static final long EVENTS = 64;

    SumsNotAwaited() {
        super(
                "sums-not-awaited",
                "from the 65th launch of a kernel on the gradients of former parts are not added",
                "linear_grad");
    }

    @Override
    void launch(long number, Call call, Arithmetic arithmetic, SharedKernel plain, Arguments arguments) {
        if (number <= EVENTS || !call.hasInput("dW_sum")) {
            plain.run(arguments);
        } else {
            Reading.kernel(call, arithmetic, reading -> reading.without("dW_sum"))
                    .run(arguments);
        }
    }
}
