package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.function.LongUnaryOperator;

/// Slices written into a copy of the data, each at the place that a tuple of indices says, the last dimension of
/// `indices`.
///
/// - updates have the indices' other dimensions and then those of a slice
/// - source: ONNX ScatterND-18
public final class ScatterNd extends Scatter {
    public ScatterNd() {
        super(
                "scatter_nd",
                "ScatterND",
                "out[indices[i]] is updates[i], or what the reduction makes of both",
                "ONNX ScatterND-18",
                Signature.only(DType.I64));
    }

    private static int tuple(Call call) {
        return Math.toIntExact(call.input("indices").shape().dim(-1));
    }

    @Override
    void check(Call call) {
        Shape data = call.input("data").shape();
        Shape indices = call.input("indices").shape();
        if (indices.rank() < 1 || indices.dim(-1) < 1 || indices.dim(-1) > data.rank()) {
            throw invalid(
                    "indices " + indices + " into " + data, "input indices", "give tuples of 1 to " + data.rank());
        }
        Shape expected = indices.slice(0, indices.rank() - 1).concat(data.slice(tuple(call), data.rank()));
        if (!call.input("updates").shape().equals(expected)) {
            throw invalid("updates " + call.input("updates").shape(), "input updates", "give " + expected);
        }
        if (data.slice(0, tuple(call)).isEmpty() && !indices.isEmpty()) {
            throw invalid("indices into " + data, "input indices", "give data to write to");
        }
    }

    /// Without a reduction no place twice, as far as there are enough of them.
    @Override
    protected Fill places(Call call, String input) {
        return Places.tuples(call.input("data").shape().slice(0, tuple(call)), reduction(call) == Reduction.NONE);
    }

    @Override
    LongUnaryOperator targets(Call call, Inputs inputs) {
        Tensor indices = inputs.get("indices");
        int tuple = tuple(call);
        Shape data = call.input("data").shape();
        long[] strides = data.denseStrides();
        long slice = data.slice(tuple, data.rank()).elements();
        return update -> {
            long target = update % slice;
            for (int i = 0; i < tuple; i++) {
                long place = index(indices, update / slice * tuple + i, data.dim(i));
                if (place < 0) {
                    return -1;
                }
                target += place * strides[i];
            }
            return target;
        };
    }
}
