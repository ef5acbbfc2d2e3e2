package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.function.LongUnaryOperator;

/// Elements written into a copy of the data, each at its own index along one dimension: `out[indices[i, j], j] =
/// updates[i, j]`, or what a reduction makes of it.
///
/// - along the other dimensions an element keeps its place, so that the updates have no more there than the data
/// - source: ONNX ScatterElements-18
public final class ScatterElements extends Scatter {
    public ScatterElements() {
        super(
                "scatter_elements",
                "ScatterElements",
                "out[indices[i, j], j] is updates[i, j], or what the reduction makes of both",
                "ONNX ScatterElements-18",
                Signature.only(DType.I32, DType.I64),
                AttributeSpec.integer("axis", 0, "dimension that the indices are of"));
    }

    private int axis(Call call) {
        return axis(
                call.attributes().integer("axis"), call.input("data").shape().rank(), "attribute axis");
    }

    @Override
    void check(Call call) {
        Shape indices = call.input("indices").shape();
        checkPlaces(call.input("data").shape(), indices, axis(call));
        if (!call.input("updates").shape().equals(indices)) {
            throw invalid(
                    call.input("updates").shape() + " updates at " + indices + " places",
                    "input updates",
                    "give them one shape");
        }
    }

    /// Without a reduction no place twice, as far as there are enough of them.
    @Override
    protected Fill places(Call call, String input) {
        int axis = axis(call);
        long size = call.input("data").shape().dim(axis);
        return reduction(call) == Reduction.NONE
                ? Places.lines(call.input("indices").shape(), axis, size)
                : indices(size);
    }

    @Override
    LongUnaryOperator targets(Call call, Inputs inputs) {
        Tensor indices = inputs.get("indices");
        int axis = axis(call);
        Shape data = call.input("data").shape();
        long[] strides = data.denseStrides();
        return update -> {
            long[] at = indices.shape().coordinates(update);
            at[axis] = index(indices, update, data.dim(axis));
            return at[axis] < 0 ? -1 : number(at, strides);
        };
    }
}
