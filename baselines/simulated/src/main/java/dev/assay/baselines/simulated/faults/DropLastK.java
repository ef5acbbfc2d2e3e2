package dev.assay.baselines.simulated.faults;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.MatMulNumerics.Terms;
import java.util.Arrays;
import java.util.List;

/// A loop along k ends one term early.
final class DropLastK extends Fault {
    DropLastK() {
        super(
                "drop-last-k",
                "G08",
                List.of("exact", "bound"),
                List.of("terms-missing"),
                "the last term of every sum is left out",
                "matmul",
                "linear",
                "gemm",
                "einsum",
                "conv",
                "grouped_matmul",
                "weight_only_matmul",
                "linear_grad",
                "matmul_grad",
                "conv_grad");
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.terms((k, tile) -> Arrays.copyOf(Terms.all(k), Math.max(0, k - 1)));
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double dot(double[] a, double[] b, int count) {
                return super.dot(a, b, Math.max(0, count - 1));
            }
        };
    }
}
