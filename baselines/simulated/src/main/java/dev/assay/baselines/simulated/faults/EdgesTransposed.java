package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Rows are taken for columns.
final class EdgesTransposed extends Fault {
    EdgesTransposed() {
        super(
                "edges-transposed",
                "",
                List.of("exact", "bound"),
                List.of("misplaced"),
                "edges that leave a node are taken for those that enter it",
                "triangle_multiplication",
                "triangle_attention");
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().has("node")
                ? Calls.text(call, "node", call.attributes().text("node").equals("ending") ? "starting" : "ending")
                : Calls.text(
                        call,
                        "direction",
                        call.attributes().text("direction").equals("incoming") ? "outgoing" : "incoming");
    }
}
