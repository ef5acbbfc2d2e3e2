package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// A sum over parts of a batch in the type of the gradients.
final class GradientSumBf16 extends Fault {
    GradientSumBf16() {
        super(
                "gradient-sum-bf16",
                "",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("narrow-accumulator", "narrow-intermediate"),
                "gradients are added up in bf16",
                "grad_accumulate");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double add(double a, double b) {
                return DType.BF16.round(super.add(a, b));
            }
        };
    }
}
