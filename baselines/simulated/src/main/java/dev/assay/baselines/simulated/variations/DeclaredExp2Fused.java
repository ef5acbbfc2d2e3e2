package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Exponentials;
import dev.assay.baselines.simulated.Variation;

/// exp2 of a fused multiply-add, with a contract that says so.
final class DeclaredExp2Fused extends Variation {
    DeclaredExp2Fused() {
        super("declared-exp2-fused", "32", "exponentials are fused powers of two, as declared", "attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.exp(Exponentials.FUSED);
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return declared.toBuilder().fusedExponent(true).build();
    }
}
