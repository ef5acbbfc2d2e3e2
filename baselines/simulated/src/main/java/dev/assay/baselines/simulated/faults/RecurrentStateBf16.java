package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.tensor.DType;
import java.util.List;

/// The state is kept in the type of the inputs.
final class RecurrentStateBf16 extends Fault {
    RecurrentStateBf16() {
        super(
                "recurrent-state-bf16",
                "",
                List.of("bound", "rms", "bias"),
                List.of("narrow-intermediate", "narrow-accumulator"),
                "the state is rounded to bf16 at every token",
                "linear_attention");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double multiplyAdd(double a, double b, double c) {
                return DType.BF16.round(super.multiplyAdd(a, b, c));
            }
        };
    }
}
