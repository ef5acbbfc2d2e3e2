package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// A product with 0 is not nothing.
final class BetaZeroReads extends Fault {
    BetaZeroReads() {
        super(
                "beta-zero-reads",
                "G07",
                List.of("special", "memory"),
                List.of("special-values", "reads-garbage"),
                "C is multiplied by a beta of 0",
                "gemm");
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().real("beta") == 0 ? Calls.real(call, "beta", Double.MIN_VALUE) : call;
    }
}
