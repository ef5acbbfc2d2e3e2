package dev.assay.operator.movement;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.stream.LongStream;

/// The slices along a dimension for which `condition` holds; without `axis` single elements in row-major order.
///
/// - the condition belongs to the call, for the size of the output follows from it; it may be shorter than the
/// dimension
/// - source: ONNX Compress-28
public final class Compress extends Movement {
    public Compress() {
        super(
                "compress",
                "Compress",
                about("the slices along axis where condition holds", "ONNX Compress-28"),
                new Signature(
                        List.of(
                                Parameter.required("input", "T", Signature.all(), "one or more dimensions"),
                                Parameter.constant(
                                        "condition", "T1", Signature.only(DType.BOOL), "which slices are kept")),
                        List.of(Parameter.required("output", "T", Signature.all(), "the slices")),
                        List.of(AttributeSpec.optional(
                                "axis", Attribute.Int.class, "dimension; without it the input is taken as one line"))));
    }

    private boolean isFlat(Call call) {
        return !call.attributes().has("axis");
    }

    private int axis(Call call) {
        return axis(
                call.attributes().integer("axis"), call.input("input").shape().rank(), "attribute axis");
    }

    private long[] kept(Call call) {
        Shape input = call.input("input").shape();
        long length = isFlat(call) ? input.elements() : input.dim(axis(call));
        List<Long> condition = constant(call, "condition");
        if (input.rank() < 1 || call.input("condition").shape().rank() != 1 || condition.size() > length) {
            throw invalid(
                    "a condition of " + call.input("condition").shape() + " for " + length + " slices",
                    "input condition",
                    "give one truth value a slice, or fewer");
        }
        return LongStream.range(0, condition.size())
                .filter(i -> condition.get((int) i) != 0)
                .toArray();
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        TensorSpec input = call.input("input");
        long count = kept(call).length;
        return List.of(TensorSpec.dense(
                input.dtype(), isFlat(call) ? Shape.of(count) : input.shape().with(axis(call), count)));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor input = inputs.get("input");
        long[] kept = kept(call);
        if (isFlat(call)) {
            return (at, origin) -> origin.element(input, kept[(int) at[0]]);
        }
        int axis = axis(call);
        long[] strides = input.shape().denseStrides();
        return (at, origin) -> {
            at[axis] = kept[(int) at[axis]];
            origin.element(input, number(at, strides));
        };
    }
}
