package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Rerouted;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// The number of an element modulo the number of elements.
final class BroadcastByModulo extends Fault {
    BroadcastByModulo() {
        super(
                "broadcast-by-modulo",
                "",
                List.of("exact", "bound"),
                List.of("misplaced", "strides-ignored"),
                "operands that broadcast are read from the start again and again",
                "add",
                "sub",
                "mul",
                "div",
                "min",
                "max",
                "where");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        Shape shape = call.outputs().getFirst().spec().orElseThrow().shape();
        return Rerouted.of(
                call,
                operand -> TensorSpec.dense(operand.spec().orElseThrow().dtype(), shape),
                (from, to) -> {
                    for (long i = 0; i < to.shape().elements(); i++) {
                        long source = i % from.shape().elements();
                        to.setCodeAt(i, from.codeAt(from.position(source)));
                    }
                },
                Rerouted::codes,
                arithmetic);
    }
}
