package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The labels stay hard.
final class SmoothingIgnored extends Fault {
    SmoothingIgnored() {
        super(
                "smoothing-ignored",
                "",
                List.of("bound"),
                List.of("attribute"),
                "labels are not smoothed",
                "cross_entropy",
                "cross_entropy_grad");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "label_smoothing", 0);
    }
}
