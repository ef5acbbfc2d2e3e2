package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.List;

/// As in open space.
final class ImageForgotten extends Fault {
    ImageForgotten() {
        super(
                "image-forgotten",
                "",
                List.of("bound", "exact"),
                List.of("operand-ignored"),
                "periodic images are ignored",
                "lennard_jones",
                "neighbour_list");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> reading.has("box") ? reading.without("box") : reading);
    }
}
