package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// The derivative by the output reads the input, or the other way round.
final class OutputTakenForInput extends Fault {
    OutputTakenForInput() {
        super(
                "output-taken-for-input",
                "",
                List.of("bound", "special"),
                List.of("other-operator", "operand-ignored"),
                "the function is applied once more to its own output",
                "sigmoid_grad",
                "tanh_grad");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        boolean tanh = call.operator().equals("tanh_grad");
        return Operands.reading(plain, "Y", (y, given) -> {
            for (long i = 0; i < y.shape().elements(); i++) {
                y.set(i, tanh ? Math.tanh(y.get(i)) : 1 / (1 + Math.exp(-y.get(i))));
            }
        });
    }
}
