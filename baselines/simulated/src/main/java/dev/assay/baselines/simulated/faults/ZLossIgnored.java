package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The logarithm of the sum is not kept small.
final class ZLossIgnored extends Fault {
    ZLossIgnored() {
        super(
                "z-loss-ignored",
                "",
                List.of("bound"),
                List.of("attribute"),
                "the squared logarithm of the sum is left out",
                "cross_entropy",
                "cross_entropy_grad");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "z_loss", 0);
    }
}
