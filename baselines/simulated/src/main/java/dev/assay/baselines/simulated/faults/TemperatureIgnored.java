package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The last of many penalties.
final class TemperatureIgnored extends Fault {
    TemperatureIgnored() {
        super(
                "temperature-ignored",
                "",
                List.of("bound", "special"),
                List.of("operand-ignored", "scale"),
                "logits are not divided by the temperature",
                "apply_penalties");
    }

    @Override
    public Call misread(Call call) {
        return Calls.without(call, "temperature");
    }
}
