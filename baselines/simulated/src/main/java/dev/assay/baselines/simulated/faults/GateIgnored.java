package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The projection is fused without its gate.
final class GateIgnored extends Fault {
    GateIgnored() {
        super(
                "gate-ignored",
                "",
                List.of("bound"),
                List.of("operand-ignored"),
                "the first of two gates is ignored",
                "triangle_multiplication");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> reading.has("gate_a") ? reading.without("gate_a") : reading);
    }
}
