package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Slices of a tensor along one dimension, picked by their indices.
///
/// - the indices' dimensions stand in the place of the one that they pick from
/// - negative indices count from the end; what comes of those out of range is open, ONNX calls it an error
/// - source: ONNX Gather-13
public final class Gather extends AxisGather {
    public Gather() {
        super(
                "gather",
                "Gather",
                "slices of the data along axis, by their indices",
                "ONNX Gather-13",
                "of any shape, from -s to s - 1",
                "the slices");
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape data = call.input("data").shape();
        Shape indices = call.input("indices").shape();
        int axis = axis(call);
        if (data.dim(axis) == 0 && !indices.isEmpty()) {
            throw invalid("indices into " + data, "input indices", "give data to pick from");
        }
        Shape shape = data.slice(0, axis).concat(indices).concat(data.slice(axis + 1, data.rank()));
        return List.of(TensorSpec.dense(call.input("data").dtype(), shape));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor data = inputs.get("data");
        Tensor indices = inputs.get("indices");
        Shape shape = data.shape();
        int axis = axis(call);
        int picked = indices.shape().rank();
        long[] strides = shape.denseStrides();
        long[] steps = indices.shape().denseStrides();
        return (at, origin) -> {
            long element = 0;
            for (int i = 0; i < picked; i++) {
                element += at[axis + i] * steps[i];
            }
            long index = index(indices, element, shape.dim(axis));
            long number = index * strides[axis];
            for (int i = 0; i < strides.length; i++) {
                number += i < axis ? at[i] * strides[i] : i > axis ? at[i + picked - 1] * strides[i] : 0;
            }
            if (index < 0) {
                origin.open();
            } else {
                origin.element(data, number);
            }
        };
    }
}
