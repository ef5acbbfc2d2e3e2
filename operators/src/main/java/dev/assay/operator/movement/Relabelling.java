package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Base of the operators that give a tensor other sizes: its elements keep their row-major order.
abstract class Relabelling extends Movement {
    Relabelling(String name, String onnxType, String formula, String source, Signature signature) {
        super(name, onnxType, about(formula, source), signature);
    }

    /// Sizes of the output, as many elements as the first input has.
    abstract Shape shape(Call call);

    @Override
    public final List<TensorSpec> outputs(Call call) {
        TensorSpec data = call.inputs().getFirst().spec().orElseThrow();
        return List.of(TensorSpec.dense(data.dtype(), shape(call)));
    }

    @Override
    protected final Placement placement(Call call, Inputs inputs, int output) {
        Tensor data = inputs.get(call.inputs().getFirst().name());
        long[] strides = shape(call).denseStrides();
        return (at, origin) -> origin.element(data, number(at, strides));
    }
}
