package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.VectorUnits;
import dev.assay.tensor.DType;
import java.util.List;
import java.util.stream.Stream;

/// A running sum in the type of the operands.
final class SumsBf16 extends Fault {
    SumsBf16() {
        super(
                "sums-bf16",
                "N16",
                List.of("exact", "bound", "relation", "rms", "bias", "contract"),
                List.of("narrow-accumulator", "narrow-intermediate"),
                "sums of lines are kept in bf16",
                // Sums of a table have a fault of their own.
                Stream.of(Operators.all(Operators.ofSums(), Operators.ofFactors(), new String[] {"clip_grad_norm"}))
                        .filter(operator -> !operator.equals("embedding_grad"))
                        .toArray(String[]::new));
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return VectorUnits.summing(arithmetic, Summations.narrow(DType.BF16));
    }
}
