package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operators;
import java.util.List;

/// The attribute is ignored.
final class EpsilonConstant extends Fault {
    EpsilonConstant() {
        super(
                "epsilon-constant",
                "M07",
                List.of("bound", "contract"),
                List.of("epsilon"),
                "epsilon is 1e-5 whatever the attribute says",
                Operators.all(
                        new String[] {"layer_normalization"},
                        new String[] {"rms_normalization", "add_rms_normalization", "qk_normalization"}));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.inverse((variance, epsilon) -> 1 / (float) Math.sqrt(variance + 1e-5f));
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().has("epsilon") ? Calls.real(call, "epsilon", 1e-5) : call;
    }
}
