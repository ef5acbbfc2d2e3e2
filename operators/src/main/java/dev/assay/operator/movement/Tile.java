package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// A tensor side by side with itself, `repeats[i]` times along dimension i.
///
/// - source: ONNX Tile-13
public final class Tile extends Movement {
    public Tile() {
        super(
                "tile",
                "Tile",
                about("the input repeats[i] times along dimension i", "ONNX Tile-13"),
                new Signature(
                        List.of(
                                Parameter.required("input", "T", Signature.all(), "any shape"),
                                Parameter.constant(
                                        "repeats", "S", Signature.only(DType.I64), "how often, for each dimension")),
                        List.of(Parameter.required("output", "T", Signature.all(), "the repeated tensor")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec input = call.input("input");
        List<Long> repeats = constant(call, "repeats");
        long[] dims = input.shape().toArray();
        if (repeats.size() != dims.length || repeats.stream().anyMatch(times -> times < 0)) {
            throw invalid(
                    "repeats " + repeats + " of " + input.shape(),
                    "input repeats",
                    "give " + dims.length + " numbers from 0");
        }
        for (int axis = 0; axis < dims.length; axis++) {
            dims[axis] = Math.multiplyExact(dims[axis], repeats.get(axis));
        }
        return List.of(TensorSpec.dense(input.dtype(), Shape.of(dims)));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor input = inputs.get("input");
        long[] dims = input.shape().toArray();
        long[] strides = input.shape().denseStrides();
        return (at, origin) -> {
            for (int axis = 0; axis < dims.length; axis++) {
                at[axis] %= dims[axis];
            }
            origin.element(input, number(at, strides));
        };
    }
}
