package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Elements of a tensor, each picked by its own index along one dimension: `out[i, j] = data[indices[i, j], j]`.
///
/// - along the other dimensions an element keeps its place, so that the indices have no more there than the data
/// - negative indices count from the end; what comes of those out of range is open, ONNX calls it an error
/// - source: ONNX GatherElements-13
public final class GatherElements extends Movement {
    public GatherElements() {
        super(
                "gather_elements",
                "GatherElements",
                about("elements of the data, by their indices along axis", "ONNX GatherElements-13"),
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.all(), "one or more dimensions"),
                                Parameter.required(
                                        "indices",
                                        "Tind",
                                        Signature.only(DType.I32, DType.I64),
                                        "as many dimensions, from -s to s - 1")),
                        List.of(Parameter.required("output", "T", Signature.all(), "like the indices")),
                        List.of(AttributeSpec.integer("axis", 0, "dimension that is picked from"))));
    }

    private int axis(Call call) {
        return axis(
                call.attributes().integer("axis"), call.input("data").shape().rank(), "attribute axis");
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
    protected Fill places(Call call, String input) {
        return indices(call.input("data").shape().dim(axis(call)));
    }

    /// Reads what it writes, and the indices.
    @Override
    public Cost cost(Call call) {
        return new Cost(
                0,
                2 * outputs(call).getFirst().byteSize() + call.input("indices").byteSize());
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
