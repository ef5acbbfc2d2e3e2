package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// As an integer conversion does.
final class WrongRoundingDirection extends Fault {
    WrongRoundingDirection() {
        super(
                "wrong-rounding-direction",
                "",
                List.of("exact"),
                List.of("truncation", "double-rounding"),
                "whole numbers are formed toward zero, and halves are rounded away from it",
                "floor",
                "ceil",
                "round");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        boolean nearest = call.operator().equals("round");
        return Operands.spoiling(plain, call.outputs().getFirst().name(), (y, given) -> {
            Tensor x = given.input(call.inputs().getFirst().name()).tensor();
            for (long i = 0; i < y.shape().elements(); i++) {
                double size = Math.abs(x.get(i));
                boolean half = size - Math.floor(size) == 0.5;
                if (half || !nearest) {
                    y.set(i, Math.copySign(Math.floor(size) + (nearest ? 1 : 0), x.get(i)));
                }
            }
        });
    }
}
