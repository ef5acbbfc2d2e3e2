package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.AttentionBackward;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Variation;
import dev.assay.tensor.DType;
import java.util.Optional;

/// bf16 probabilities, with a contract that says so.
final class DeclaredProbabilitiesBf16 extends Variation {
    DeclaredProbabilitiesBf16() {
        super(
                "declared-probabilities-bf16",
                "42",
                "probabilities are rounded to bf16, as declared",
                "attention",
                "attention_grad");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.probabilities(Optional.of(DType.BF16));
    }

    @Override
    public ComputeContract contract(Call call, ComputeContract declared) {
        return declared.toBuilder().probabilities(Stored.as(DType.BF16)).build();
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return AttentionBackward.plan(call, arithmetic, new AttentionBackward.Steps() {
            @Override
            public double probability(double value) {
                return DType.BF16.round(value);
            }

            @Override
            public double scoreGradient(double value) {
                return DType.BF16.round(value);
            }
        });
    }
}
