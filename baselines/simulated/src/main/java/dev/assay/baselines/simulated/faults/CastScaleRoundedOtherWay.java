package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Powers of two are those below, whatever was asked for.
final class CastScaleRoundedOtherWay extends Fault {
    CastScaleRoundedOtherWay() {
        super(
                "cast-scale-rounded-other-way",
                "M11",
                List.of("exact"),
                List.of("truncation", "attribute"),
                "casts to e8m0 round down",
                "cast");
    }

    @Override
    public Call misread(Call call) {
        return Calls.text(call, "round_mode", "down");
    }
}
