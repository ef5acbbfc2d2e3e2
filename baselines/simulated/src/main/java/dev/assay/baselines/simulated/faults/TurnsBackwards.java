package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// The sign of the sine is that of the inverse.
final class TurnsBackwards extends Fault {
    TurnsBackwards() {
        super(
                "turns-backwards",
                "",
                List.of("bound", "exact"),
                List.of("sign", "attribute"),
                "angles have the other sign",
                "rope",
                "rope_in_place",
                "rotary_embedding",
                "dft",
                "fftn",
                "stft");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double sin(double x) {
                return -super.sin(x);
            }
        };
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call,
                arithmetic,
                reading -> reading.has("sin_cache")
                        ? reading.real("sin_cache", reading.tensor("sin_cache").dtype(), (i, value) -> -value)
                        : reading);
    }
}
