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

/// Slices of a tensor along one dimension, picked by their indices.
///
/// - the indices' dimensions stand in the place of the one that they pick from
/// - negative indices count from the end; what comes of those out of range is open, ONNX calls it an error
/// - source: ONNX Gather-13
public final class Gather extends Movement {
    public Gather() {
        super(
                "gather",
                "Gather",
                about("slices of the data along axis, by their indices", "ONNX Gather-13"),
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.all(), "one or more dimensions"),
                                Parameter.required(
                                        "indices",
                                        "Tind",
                                        Signature.only(DType.I32, DType.I64),
                                        "of any shape, from -s to s - 1")),
                        List.of(Parameter.required("output", "T", Signature.all(), "the slices")),
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
        if (data.dim(axis) == 0 && !indices.isEmpty()) {
            throw invalid("indices into " + data, "input indices", "give data to pick from");
        }
        Shape shape = data.slice(0, axis).concat(indices).concat(data.slice(axis + 1, data.rank()));
        return List.of(TensorSpec.dense(call.input("data").dtype(), shape));
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
