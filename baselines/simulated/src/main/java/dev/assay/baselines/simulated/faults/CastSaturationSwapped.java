package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// There is one way for all.
final class CastSaturationSwapped extends Fault {
    CastSaturationSwapped() {
        super(
                "cast-saturation-swapped",
                "M10",
                List.of("exact", "special"),
                List.of("overflow", "attribute"),
                "what is too large saturates where it should not, and the other way round",
                "cast",
                "quantize_linear");
    }

    @Override
    public Call misread(Call call) {
        return Calls.integer(call, "saturate", 1 - call.attributes().integer("saturate"));
    }
}
