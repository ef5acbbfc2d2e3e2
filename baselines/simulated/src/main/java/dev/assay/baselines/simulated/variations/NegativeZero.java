package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Operands;
import dev.assay.baselines.simulated.Operators;
import dev.assay.baselines.simulated.Variation;

/// The sign of a zero is not promised.
final class NegativeZero extends Variation {
    NegativeZero() {
        super("negative-zero", "55", "zero results are negative", Operators.all(new String[] {"matmul"}, new String[] {
            "add", "sub", "sum", "reduce_sum"
        }));
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result((value, output, row, column) -> value == 0 ? -0.0 : value);
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, call.outputs().getFirst().name(), (y, given) -> {
            for (long i = 0; y.dtype().isFloat() && i < y.shape().elements(); i++) {
                y.set(i, y.get(i) == 0 ? -0.0 : y.get(i));
            }
        });
    }
}
