package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// A boundary that is on the other side.
final class ThresholdExcluded extends Fault {
    ThresholdExcluded() {
        super(
                "threshold-excluded",
                "",
                List.of("exact"),
                List.of("offset", "other-operator"),
                "a comparison takes or leaves out its limit",
                "less",
                "less_or_equal",
                "greater",
                "greater_or_equal");
    }

    @Override
    public Call misread(Call call) {
        return Calls.operator(
                call,
                switch (call.operator()) {
                    case "less" -> "less_or_equal";
                    case "less_or_equal" -> "less";
                    case "greater" -> "greater_or_equal";
                    default -> "greater";
                });
    }
}
