package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Summations;
import dev.assay.baselines.simulated.VectorUnits;
import dev.assay.tensor.DType;
import java.util.List;

/// Sums kept in bf16: 4096 ones add up to 256.
final class AccBf16 extends Fault {
    AccBf16() {
        super(
                "acc-bf16",
                "G01",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("narrow-accumulator"),
                "sums are kept in bf16",
                Operators.all(
                        new String[] {"matmul", "linear", "gemm", "einsum", "conv", "grouped_matmul"},
                        new String[] {"linear_grad", "matmul_grad", "conv_grad"},
                        Operators.ofGraphs()));
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.summation(Summations.narrow(DType.BF16));
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return VectorUnits.summing(arithmetic, Summations.narrow(DType.BF16));
    }
}
