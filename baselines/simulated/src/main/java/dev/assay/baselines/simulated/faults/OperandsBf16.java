package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.baselines.simulated.Operators;
import dev.assay.tensor.DType;
import java.util.List;

/// A kernel that was written for bf16 and converts what it is given.
final class OperandsBf16 extends Fault {
    OperandsBf16() {
        super(
                "operands-bf16",
                "",
                List.of("exact", "bound", "rms", "bias", "contract"),
                List.of("narrow-inputs"),
                "floating-point operands are rounded to bf16",
                Operators.all(Operators.exact(), new String[] {"add", "mul", "floor", "less", "greater", "cumsum"}));
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        SharedKernel kernel = plain;
        for (Operand operand : call.inputs()) {
            kernel = Operands.reading(kernel, operand.name(), (tensor, given) -> {
                for (long i = 0; tensor.dtype().isFloat() && i < tensor.shape().elements(); i++) {
                    tensor.set(i, DType.BF16.round(tensor.get(i)));
                }
            });
        }
        return kernel;
    }
}
