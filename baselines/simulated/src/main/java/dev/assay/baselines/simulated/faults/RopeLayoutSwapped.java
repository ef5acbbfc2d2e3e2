package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// One model pairs neighbours, the next halves.
final class RopeLayoutSwapped extends Fault {
    RopeLayoutSwapped() {
        super(
                "rope-layout-swapped",
                "N22",
                List.of("bound", "exact"),
                List.of("misplaced", "attribute"),
                "pairs are neighbours where they should be half a head apart, and the other way round",
                "rope",
                "rope_in_place",
                "rotary_embedding");
    }

    @Override
    public Call misread(Call call) {
        if (call.operator().equals("rotary_embedding")) {
            return Calls.integer(call, "interleaved", 1 - call.attributes().integer("interleaved"));
        }
        boolean neighbours = call.attributes().text("layout").equals("gptj");
        return Calls.text(call, "layout", neighbours ? "neox" : "gptj");
    }
}
