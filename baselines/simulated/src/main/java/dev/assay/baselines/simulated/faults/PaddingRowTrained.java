package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The row of the padding token stays zero only if nobody adds to it.
final class PaddingRowTrained extends Fault {
    PaddingRowTrained() {
        super(
                "padding-row-trained",
                "",
                List.of("bound", "exact"),
                List.of("attribute", "operand-ignored"),
                "tokens with the padding id are added up like others",
                "embedding_grad");
    }

    @Override
    public Call misread(Call call) {
        return Calls.integer(call, "padding_idx", -1);
    }
}
