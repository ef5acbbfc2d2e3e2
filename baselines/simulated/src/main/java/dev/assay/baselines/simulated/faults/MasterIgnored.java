package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The parameter's own digits are all there is.
final class MasterIgnored extends Fault {
    MasterIgnored() {
        super(
                "master-ignored",
                "M08",
                List.of("bound", "rms", "bias"),
                List.of("operand-ignored", "misplaced"),
                "the step begins at the narrow parameter and not at its master",
                "adamw",
                "sgd",
                "lion");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            if (!reading.has("master")) {
                return reading;
            }
            Tensor param = reading.tensor("param");
            return reading.real("master", DType.F32, (i, master) -> param.get(i));
        });
    }
}
