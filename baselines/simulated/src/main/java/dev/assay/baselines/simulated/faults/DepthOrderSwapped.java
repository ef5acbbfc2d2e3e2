package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Frameworks disagree on the order.
final class DepthOrderSwapped extends Fault {
    DepthOrderSwapped() {
        super(
                "depth-order-swapped",
                "",
                List.of("exact"),
                List.of("misplaced", "attribute"),
                "depth and place within a block change places",
                "depth_to_space",
                "space_to_depth");
    }

    @Override
    public Call misread(Call call) {
        return Calls.text(call, "mode", call.attributes().text("mode").equals("DCR") ? "CRD" : "DCR");
    }
}
