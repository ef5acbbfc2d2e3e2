package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// Magnitudes are taken for numbers.
final class SignLost extends Fault {
    SignLost() {
        super(
                "sign-lost",
                "M16",
                List.of("exact", "special"),
                List.of("scale", "sign"),
                "operands are read without their sign",
                "neg",
                "identity",
                "sign",
                "where",
                "min",
                "max",
                "clip");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        SharedKernel kernel = plain;
        for (Operand operand : call.inputs()) {
            kernel = Operands.reading(kernel, operand.name(), (tensor, given) -> {
                for (long i = 0; tensor.dtype().isFloat() && i < tensor.shape().elements(); i++) {
                    tensor.set(i, Math.abs(tensor.get(i)));
                }
            });
        }
        return kernel;
    }
}
