package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import java.util.List;

/// Epsilon is left out.
final class EpsilonMissing extends Fault {
    EpsilonMissing() {
        super(
                "epsilon-missing",
                "N04",
                List.of("bound", "contract"),
                List.of("epsilon"),
                "epsilon is not added",
                Operators.all(new String[] {"layer_normalization"}, Operators.withEpsilon()));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.inverse((variance, epsilon) -> 1 / (float) Math.sqrt(variance));
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().has("epsilon") ? Calls.real(call, "epsilon", 0) : call;
    }
}
