package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Elements of a tensor, each picked by its own index along one dimension: `out[i, j] = data[indices[i, j], j]`.
///
/// - along the other dimensions an element keeps its place, so that the indices have no more there than the data
/// - negative indices count from the end; what comes of those out of range is open, ONNX calls it an error
/// - source: ONNX GatherElements-13
public final class GatherElements extends AxisGather {
    public GatherElements() {
        super(
                "gather_elements",
                "GatherElements",
                "elements of the data, by their indices along axis",
                "ONNX GatherElements-13",
                "as many dimensions, from -s to s - 1",
                "like the indices");
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape data = call.input("data").shape();
        Shape indices = call.input("indices").shape();
        int axis = axis(call);
        checkPlaces(data, indices, axis);
        return List.of(TensorSpec.dense(call.input("data").dtype(), indices));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor data = inputs.get("data");
        Tensor indices = inputs.get("indices");
        int axis = axis(call);
        long[] strides = data.shape().denseStrides();
        long[] steps = indices.shape().denseStrides();
        return (at, origin) -> {
            at[axis] = index(indices, number(at, steps), data.shape().dim(axis));
            if (at[axis] < 0) {
                origin.open();
            } else {
                origin.element(data, number(at, strides));
            }
        };
    }
}
