package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Each part of a split sum adds the matrix C.
final class BetaInEverySplit extends Fault {
    BetaInEverySplit() {
        super(
                "beta-in-every-split",
                "G05",
                List.of("bound", "exact"),
                List.of("terms-repeated", "scale"),
                "C is added by both parts of a split sum",
                "gemm");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "beta", 2 * call.attributes().real("beta"));
    }
}
