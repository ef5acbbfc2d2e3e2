package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;

/// The number of elements of a tensor.
///
/// - source: ONNX Size-25
public final class Size extends Movement {
    public Size() {
        super(
                "size",
                "Size",
                about("the number of elements of the input", "ONNX Size-25"),
                new Signature(
                        List.of(Parameter.required("data", "T", Signature.all(), "any shape")),
                        List.of(Parameter.required("size", "T1", Signature.only(DType.I64), "a scalar")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.of(DType.I64));
    }

    /// Reads no element.
    @Override
    public Cost cost(Call call) {
        return new Cost(0, outputs(call).getFirst().byteSize());
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Tensor data = inputs.get("data");
        List<Misreading> all = new ArrayList<>();
        for (int axis = 0; axis < data.shape().rank() && data.shape().rank() > 1; axis++) {
            all.add(Rereading.of(call, inputs)
                    .input("data", data.dtype(), Shape.of(data.shape().dim(axis)), n -> 0)
                    .as("misplaced", "the size of dimension " + axis + " stands for that of all"));
        }
        return all;
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        long elements = call.input("data").shape().elements();
        return (at, origin) -> origin.whole(elements);
    }
}
