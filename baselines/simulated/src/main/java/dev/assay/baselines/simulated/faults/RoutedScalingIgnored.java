package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// An attribute of one model that another does without.
final class RoutedScalingIgnored extends Fault {
    RoutedScalingIgnored() {
        super(
                "routed-scaling-ignored",
                "",
                List.of("bound"),
                List.of("scale", "attribute"),
                "weights are not scaled",
                "moe_sigmoid_grouped_topk");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "routed_scaling_factor", 1);
    }
}
