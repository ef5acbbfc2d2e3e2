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
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("narrow-accumulator", "narrow-intermediate"),
                "sums of lines are kept in bf16",
                Stream.of(Operators.ofSums())
                        // Sums of a table have a fault of their own.
                        .filter(operator -> !operator.equals("embedding_grad"))
                        .toArray(String[]::new));
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return VectorUnits.summing(arithmetic, Summations.narrow(DType.BF16));
    }
}
