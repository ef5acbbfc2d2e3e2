package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.MatMulNumerics;
import dev.assay.baselines.simulated.Operands;
import dev.assay.baselines.simulated.Operators;
import java.util.List;

/// A clamp with a maximum that prefers numbers swallows NaN.
final class NanLost extends Fault {
    NanLost() {
        super(
                "nan-lost",
                "",
                List.of("special"),
                List.of("special-values"),
                "NaN results become 0",
                Operators.all(new String[] {"matmul"}, new String[] {
                    "max",
                    "min",
                    "relu",
                    "clip",
                    "abs",
                    "sign",
                    "add",
                    "mul",
                    "exp",
                    "sqrt",
                    "softmax",
                    "reduce_max",
                    "reduce_sum",
                    "moe_combine"
                }));
    }

    @Override
    public MatMulNumerics matmul(MatMulNumerics numerics) {
        return numerics.result((value, output, row, column) -> Double.isNaN(value) ? 0 : value);
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, call.outputs().getFirst().name(), (y, given) -> {
            for (long i = 0; y.dtype().isFloat() && i < y.shape().elements(); i++) {
                y.set(i, Double.isNaN(y.get(i)) ? 0 : y.get(i));
            }
        });
    }
}
