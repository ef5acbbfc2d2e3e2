package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.DType;
import java.util.List;

/// A product of complex numbers that conjugates one, as correlations do.
final class WeightsConjugated extends Fault {
    WeightsConjugated() {
        super(
                "weights-conjugated",
                "",
                List.of("bound"),
                List.of("sign"),
                "weights count with the other sign of their imaginary parts",
                "spectral_conv");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            DType type = reading.tensor("weights").dtype();
            Reading conjugated = reading.real("weights", type, (i, value) -> i % 2 == 1 ? -value : value);
            return reading.has("weights2")
                    ? conjugated.real("weights2", type, (i, value) -> i % 2 == 1 ? -value : value)
                    : conjugated;
        });
    }
}
