package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Shape;
import java.util.List;

/// The axes of an image are read as text is.
final class SectionsIgnored extends Fault {
    SectionsIgnored() {
        super(
                "sections-ignored",
                "",
                List.of("bound"),
                List.of("misplaced"),
                "every pair turns by the first of the positions",
                "rope",
                "rope_in_place");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            Shape positions = reading.tensor("positions").shape();
            long tokens = positions.dim(-1);
            return reading.moved("positions", i -> i % tokens);
        });
    }
}
