package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The diagonal belongs to one side or to the other.
final class DiagonalOffByOne extends Fault {
    DiagonalOffByOne() {
        super(
                "diagonal-off-by-one",
                "",
                List.of("exact"),
                List.of("mask", "misplaced"),
                "the diagonal lies one further to the right",
                "trilu",
                "eye_like");
    }

    @Override
    public Call misread(Call call) {
        if (call.operator().equals("eye_like")) {
            return Calls.integer(call, "k", call.attributes().integer("k") + 1);
        }
        long k = call.constants().getOrDefault("k", List.of(0L)).getFirst();
        return Calls.constant(call, "k", List.of(k + 1));
    }
}
