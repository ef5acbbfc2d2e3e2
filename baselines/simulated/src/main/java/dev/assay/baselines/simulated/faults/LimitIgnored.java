package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Half of an operator.
final class LimitIgnored extends Fault {
    LimitIgnored() {
        super("limit-ignored", "", List.of("exact"), List.of("operand-ignored"), "the upper limit is ignored", "clip");
    }

    @Override
    public Call misread(Call call) {
        return Calls.without(call, "max");
    }
}
