package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Fresh memory is taken for what was asked for.
final class ValueIgnored extends Fault {
    ValueIgnored() {
        super(
                "value-ignored",
                "",
                List.of("exact"),
                List.of("offset", "attribute"),
                "the tensor holds zeros",
                "constant_of_shape");
    }

    @Override
    public Call misread(Call call) {
        return Calls.real(call, "value", 0);
    }
}
