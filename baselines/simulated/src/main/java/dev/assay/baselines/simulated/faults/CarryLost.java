package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;

/// Blocks are scanned apart, and nothing is carried from one to the next.
final class CarryLost extends Fault {
    CarryLost() {
        super(
                "carry-lost",
                "",
                List.of("exact", "bound"),
                List.of("terms-missing"),
                "running sums start again every 128 elements",
                "cumsum");
    }

    private static final long BLOCK = 128;

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        Shape shape = call.input("x").shape();
        long axis = call.constants().getOrDefault("axis", List.of(0L)).getFirst();
        int along = Math.toIntExact(Math.floorMod(axis, (long) shape.rank()));
        boolean plainly =
                call.attributes().integer("exclusive") == 0 && call.attributes().integer("reverse") == 0;
        long length = shape.dim(along);
        long inner = shape.slice(along + 1, shape.rank()).elements();
        return Operands.spoiling(plain, "y", (y, given) -> {
            Tensor x = given.input("x").tensor();
            double sum = 0;
            for (long line = 0; plainly && line < shape.elements() / Math.max(1, length); line++) {
                for (long at = 0; at < length; at++) {
                    long i = line / inner * length * inner + at * inner + line % inner;
                    sum = at % BLOCK == 0 ? x.get(i) : sum + x.get(i);
                    if (at >= BLOCK) {
                        y.set(i, sum);
                    }
                }
            }
        });
    }
}
