package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The generator starts anew in every block.
final class MaskRepeats extends Fault {
    private static final long BLOCK = 64;

    MaskRepeats() {
        super(
                "mask-repeats",
                "A23",
                List.of("exact", "bound", "rms", "bias"),
                List.of("terms-repeated", "misplaced"),
                "elements of every block of 64 are left out alike",
                "dropout");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        boolean trains =
                call.constants().getOrDefault("training_mode", List.of(0L)).getFirst() != 0;
        if (!trains) {
            return plain;
        }
        SharedKernel spoiled = Operands.spoiling(plain, "output", (output, given) -> {
            Tensor data = given.input("data").tensor();
            double ratio = given.inputs().containsKey("ratio")
                    ? given.input("ratio").tensor().get(0)
                    : 0.5;
            // An element that is 0 may have stayed.
            Tensor told =
                    given.outputs().containsKey("mask") ? given.output("mask").tensor() : output;
            for (long i = BLOCK; i < output.shape().elements(); i++) {
                double scale = arithmetic.divide(1, arithmetic.subtract(1, ratio));
                output.set(i, told.get(i % BLOCK) == 0 ? 0 : arithmetic.multiply(data.get(i), scale));
            }
        });
        return Operands.spoiling(spoiled, "mask", (mask, given) -> {
            for (long i = BLOCK; i < mask.shape().elements(); i++) {
                mask.set(i, mask.get(i % BLOCK));
            }
        });
    }
}
