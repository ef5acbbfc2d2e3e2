package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// A comparison the wrong way round.
final class OtherExtreme extends Fault {
    OtherExtreme() {
        super(
                "other-extreme",
                "",
                List.of("exact"),
                List.of("other-operator", "attribute"),
                "the smallest is taken for the largest, and the other way round",
                "min",
                "max",
                "reduce_min",
                "reduce_max",
                "argmin",
                "argmax",
                "top_k");
    }

    @Override
    public Call misread(Call call) {
        return switch (call.operator()) {
            case "min" -> Calls.operator(call, "max");
            case "max" -> Calls.operator(call, "min");
            case "reduce_min" -> Calls.operator(call, "reduce_max");
            case "reduce_max" -> Calls.operator(call, "reduce_min");
            case "argmin" -> Calls.operator(call, "argmax");
            case "argmax" -> Calls.operator(call, "argmin");
            default -> Calls.integer(call, "largest", 1 - call.attributes().integer("largest"));
        };
    }
}
