package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// There are two ways to reflect.
final class ReflectRepeatsEdge extends Fault {
    ReflectRepeatsEdge() {
        super(
                "reflect-repeats-edge",
                "",
                List.of("exact"),
                List.of("misplaced", "attribute"),
                "a reflected margin repeats the last element",
                "pad");
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().text("mode").equals("reflect") ? Calls.text(call, "mode", "edge") : call;
    }
}
