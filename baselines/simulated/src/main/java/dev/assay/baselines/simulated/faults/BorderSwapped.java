package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.ArrayList;
import java.util.List;

/// Another boundary condition.
final class BorderSwapped extends Fault {
    BorderSwapped() {
        super(
                "border-swapped",
                "",
                List.of("exact", "bound"),
                List.of("attribute", "misplaced"),
                "periodic dimensions end in zeros, and the others are periodic",
                "stencil");
    }

    @Override
    public Call misread(Call call) {
        return Calls.attribute(call, "periodic", new Attribute.Ints(flipped(call)));
    }

    private static List<Long> flipped(Call call) {
        int rank = call.inputs().getFirst().spec().orElseThrow().shape().rank();
        List<Long> flipped = new ArrayList<>();
        for (int axis = 0; axis < rank; axis++) {
            boolean periodic = call.attributes().has("periodic")
                    && call.attributes().integers("periodic").get(axis) == 1;
            flipped.add(periodic ? 0L : 1L);
        }
        return flipped;
    }
}
