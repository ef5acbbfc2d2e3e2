package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Adam with the states of AdamW.
final class DecayCoupled extends Fault {
    DecayCoupled() {
        super(
                "decay-coupled",
                "M05",
                List.of("bound", "rms", "bias"),
                List.of("other-operator"),
                "the decay is added to the gradient and goes into both averages",
                "adamw");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        double decay = call.attributes().real("weight_decay");
        return Reading.kernel(Calls.real(call, "weight_decay", 0), arithmetic, reading -> {
            Tensor param = reading.tensor(reading.has("master") ? "master" : "param");
            return reading.real("grad", DType.F32, (i, grad) -> grad + decay * param.get(i));
        });
    }
}
