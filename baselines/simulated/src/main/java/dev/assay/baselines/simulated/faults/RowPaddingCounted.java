package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Rerouted;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Rows are padded in memory, and the loop runs to the end of the padding.
final class RowPaddingCounted extends Fault {
    RowPaddingCounted() {
        super(
                "row-padding-counted",
                "N14",
                List.of("exact", "bound"),
                List.of("scale", "terms-repeated"),
                "zeros that fill up rows to a multiple of 32 count as elements",
                "softmax",
                "log_softmax",
                "logsumexp",
                "rms_normalization",
                "add_rms_normalization",
                "qk_normalization",
                "instance_normalization",
                "group_normalization",
                "reduce_variance",
                "moe_softmax_topk");
    }

    private static final long VECTOR = 32;

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        long length = call.inputs().getFirst().spec().orElseThrow().shape().dim(-1);
        boolean last = !call.attributes().has("axis")
                || Math.floorMod(call.attributes().integer("axis"), (long) call.inputs()
                                .getFirst()
                                .spec()
                                .orElseThrow()
                                .shape()
                                .rank())
                        == call.inputs().getFirst().spec().orElseThrow().shape().rank() - 1;
        if (length % VECTOR == 0 || !last) {
            return plain;
        }
        long padded = (length + VECTOR - 1) / VECTOR * VECTOR;
        return Rerouted.of(
                call,
                operand -> padded(operand.spec().orElseThrow(), length, padded),
                RowPaddingCounted::lines,
                RowPaddingCounted::lines,
                arithmetic);
    }

    private static TensorSpec padded(TensorSpec spec, long length, long padded) {
        if (spec.shape().rank() == 0 || spec.shape().dim(-1) != length) {
            return TensorSpec.dense(spec.dtype(), spec.shape());
        }
        long[] dims = new long[spec.shape().rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = i == dims.length - 1 ? padded : spec.shape().dim(i);
        }
        return TensorSpec.of(spec.dtype(), dims);
    }

    /// As much of each line as both have.
    private static void lines(Tensor from, Tensor to) {
        long of = from.shape().rank() == 0 ? 1 : from.shape().dim(-1);
        long into = to.shape().rank() == 0 ? 1 : to.shape().dim(-1);
        for (long i = 0; i < to.shape().elements(); i++) {
            if (i % into < of) {
                to.setCodeAt(to.position(i), from.codeAt(from.position(i / into * of + i % into)));
            }
        }
    }
}
