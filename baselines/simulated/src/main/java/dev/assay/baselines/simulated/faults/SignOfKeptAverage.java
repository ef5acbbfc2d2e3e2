package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// One average for two.
final class SignOfKeptAverage extends Fault {
    SignOfKeptAverage() {
        super(
                "sign-of-kept-average",
                "",
                List.of("bound"),
                List.of("attribute"),
                "the step is along the average that is kept, which has another beta",
                "lion");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "beta1", call.attributes().real("beta2"));
    }
}
