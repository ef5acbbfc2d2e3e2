package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// A constant that is applied in two places.
final class SlopeDoubled extends Fault {
    SlopeDoubled() {
        super(
                "slope-doubled",
                "",
                List.of("exact", "bound", "rms", "bias"),
                List.of("scale", "attribute"),
                "a slope counts twice",
                "leaky_relu",
                "prelu",
                "elu",
                "selu",
                "celu",
                "hard_sigmoid",
                "swish",
                "swiglu");
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().has("alpha")
                ? Calls.real(call, "alpha", 2 * call.attributes().real("alpha"))
                : call;
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.reading(plain, "slope", (slope, given) -> {
            for (long i = 0; i < slope.shape().elements(); i++) {
                slope.set(i, 2 * slope.get(i));
            }
        });
    }
}
