package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.ArrayList;
import java.util.List;

/// A group without rows does not advance the weights.
final class EmptyGroupSkipped extends Fault {
    EmptyGroupSkipped() {
        super(
                "empty-group-skipped",
                "G25",
                List.of("exact", "bound"),
                List.of("misplaced"),
                "groups behind an empty one have the weights of the one before",
                "grouped_matmul");
    }

    @Override
    public Call misread(Call call) {
        List<Long> sizes = call.constants().getOrDefault("group_sizes", List.of());
        List<Long> packed =
                new ArrayList<>(sizes.stream().filter(size -> size > 0).toList());
        packed.addAll(sizes.stream().filter(size -> size == 0).toList());
        return Calls.constant(call, "group_sizes", packed);
    }
}
