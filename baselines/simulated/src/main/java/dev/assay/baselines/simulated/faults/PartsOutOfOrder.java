package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A list of tensors is walked from its end.
final class PartsOutOfOrder extends Fault {
    PartsOutOfOrder() {
        super(
                "parts-out-of-order",
                "",
                List.of("exact"),
                List.of("misplaced"),
                "parts lie in reverse order",
                "concat",
                "split");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(
                call,
                arithmetic,
                reading -> reading.as(asked -> {
                    boolean joins = asked.operator().equals("concat");
                    List<Operand> parts = new ArrayList<>(joins ? asked.inputs() : asked.outputs());
                    Collections.reverse(parts);
                    return joins
                            ? new Call(asked.operator(), parts, asked.outputs(), asked.attributes(), asked.constants())
                            : new Call(asked.operator(), asked.inputs(), parts, asked.attributes(), asked.constants());
                }));
    }
}
