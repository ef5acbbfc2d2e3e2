package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Rerouted;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// A search that goes the other way.
final class OtherTieChosen extends Fault {
    OtherTieChosen() {
        super(
                "other-tie-chosen",
                "M17",
                List.of("exact"),
                List.of("misplaced", "attribute"),
                "of equal elements the one at the other end is chosen",
                "argmax",
                "argmin",
                "hardmax",
                "top_k");
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().has("select_last_index")
                ? Calls.integer(call, "select_last_index", 1 - call.attributes().integer("select_last_index"))
                : call;
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (call.attributes().has("select_last_index")) {
            return plain;
        }
        Shape shape = call.inputs().getFirst().spec().orElseThrow().shape();
        long axis = Math.floorMod(call.attributes().integer("axis"), (long) shape.rank());
        boolean places = call.operator().equals("top_k");
        return Rerouted.of(
                call,
                operand -> TensorSpec.dense(
                        operand.spec().orElseThrow().dtype(),
                        operand.spec().orElseThrow().shape()),
                (from, to) -> {
                    boolean turns = from.shape().equals(shape);
                    copy(from, to, turns ? axis : -1, false, 0);
                },
                (from, to) ->
                        copy(from, to, places ? -1 : axis, places && !to.dtype().isFloat(), shape.dim((int) axis) - 1),
                arithmetic);
    }

    /// Copies, reversed along an axis if it is not negative; numbers of places are counted from the end.
    private static void copy(Tensor from, Tensor to, long axis, boolean places, long last) {
        Shape shape = to.shape();
        long inner = axis < 0 ? 1 : shape.slice((int) axis + 1, shape.rank()).elements();
        long length = axis < 0 ? 1 : shape.dim((int) axis);
        for (long i = 0; i < shape.elements(); i++) {
            long at = i / inner % length;
            long source = i + (length - 1 - 2 * at) * inner;
            if (places) {
                to.set(i, (double) (last - (long) from.get(source)));
            } else {
                to.setCodeAt(i, from.codeAt(from.position(source)));
            }
        }
    }
}
