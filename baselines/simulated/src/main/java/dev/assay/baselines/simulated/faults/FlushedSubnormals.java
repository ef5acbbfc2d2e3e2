package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Units without subnormal numbers.
final class FlushedSubnormals extends Fault {
    FlushedSubnormals() {
        super(
                "flushed-subnormals",
                "M23",
                List.of("exact", "bound", "special"),
                List.of("flushed-subnormals"),
                "subnormal operands and results become zero",
                "neg",
                "abs",
                "identity",
                "min",
                "max",
                "where",
                "relu",
                "add",
                "sub",
                "mul",
                "div",
                "sqrt",
                "leaky_relu",
                "prelu",
                "exp",
                "erf",
                "sin",
                "tan",
                "atan",
                "asinh",
                "gelu",
                "swish");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        SharedKernel kernel = plain;
        for (Operand operand : call.inputs()) {
            kernel = Operands.reading(kernel, operand.name(), (tensor, given) -> flush(tensor));
        }
        for (Operand operand : call.outputs()) {
            kernel = Operands.spoiling(kernel, operand.name(), (tensor, given) -> flush(tensor));
        }
        return kernel;
    }

    private static void flush(Tensor tensor) {
        for (long i = 0; tensor.dtype().isFloat() && i < tensor.shape().elements(); i++) {
            if (Math.abs(tensor.get(i)) < tensor.dtype().minNormal()) {
                tensor.set(i, 0);
            }
        }
    }
}
