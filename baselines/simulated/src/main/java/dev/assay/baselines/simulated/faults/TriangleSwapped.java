package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Row-major and column-major callers mean different triangles by one flag.
final class TriangleSwapped extends Fault {
    TriangleSwapped() {
        super(
                "triangle-swapped",
                "",
                List.of("relation", "exact"),
                List.of("attribute", "misplaced"),
                "the upper triangle is taken for the lower one, and the other way round",
                "cholesky",
                "solve_triangular");
    }

    @Override
    public Call misread(Call call) {
        return Calls.integer(call, "upper", 1 - call.attributes().integer("upper"));
    }
}
