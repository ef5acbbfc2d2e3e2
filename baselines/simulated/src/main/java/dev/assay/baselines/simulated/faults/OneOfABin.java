package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;

/// An approximate search: the line is divided into bins, and of each only the best takes part.
final class OneOfABin extends Fault {
    OneOfABin() {
        super(
                "one-of-a-bin",
                "M17",
                List.of("exact"),
                List.of("terms-missing", "misplaced"),
                "only the largest of eight neighbours can be among the results",
                "top_k");
    }

    private static final long BIN = 8;

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        Shape shape = call.input("X").shape();
        int axis = Math.toIntExact(Math.floorMod(call.attributes().integer("axis"), (long) shape.rank()));
        boolean largest = call.attributes().integer("largest") != 0;
        long length = shape.dim(axis);
        long inner = shape.slice(axis + 1, shape.rank()).elements();
        if (!call.input("X").dtype().isFloat() || length < BIN) {
            return plain;
        }
        return Operands.reading(plain, "X", (x, given) -> {
            Tensor original = given.input("X").tensor();
            for (long i = 0; i < shape.elements(); i++) {
                long at = i / inner % length;
                long first = i - at % BIN * inner;
                for (long n = 0; n < Math.min(BIN, length - (at - at % BIN)); n++) {
                    double other = original.get(first + n * inner);
                    double mine = original.get(i);
                    if (largest ? other > mine : other < mine) {
                        x.set(i, largest ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
                    }
                }
            }
        });
    }
}
