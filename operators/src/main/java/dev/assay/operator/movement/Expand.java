package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Broadcast;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Repetition of dimensions of size 1, as where two shapes broadcast.
///
/// - the output has the common shape of the input and `shape`, so that sizes of 1 in `shape` shrink nothing
/// - source: ONNX Expand-13
public final class Expand extends Movement {
    public Expand() {
        super(
                "expand",
                "Expand",
                about("the input broadcast with shape", "ONNX Expand-13"),
                new Signature(
                        List.of(
                                Parameter.required("input", "T", Signature.all(), "any shape"),
                                Parameter.constant(
                                        "shape",
                                        "S",
                                        Signature.only(DType.I64),
                                        "sizes that broadcast with the input")),
                        List.of(Parameter.required("output", "T", Signature.all(), "the common shape")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec input = call.input("input");
        List<Long> asked = constant(call, "shape");
        if (asked.stream().anyMatch(size -> size < 0)) {
            throw invalid("sizes " + asked, "input shape", "give sizes from 0");
        }
        Shape common = Broadcast.shape(List.of(input.shape(), Shape.of(asked)), name() + ", input shape");
        return List.of(TensorSpec.dense(input.dtype(), common));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor input = inputs.get("input");
        Shape shape = outputs(call).getFirst().shape();
        Broadcast source = Broadcast.of(input.shape(), shape);
        long[] strides = shape.denseStrides();
        return (at, origin) -> origin.element(input, source.source(number(at, strides)));
    }
}
