package dev.assay.operator.movement;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// The sizes of a tensor, or those of some of its dimensions.
///
/// - `start` and `end` count from the end where they are negative, and are moved into the range
/// - source: ONNX Shape-25
public final class ShapeOf extends Movement {
    public ShapeOf() {
        super(
                "shape",
                "Shape",
                about("the sizes of the input, dimensions start to before end", "ONNX Shape-25"),
                new Signature(
                        List.of(Parameter.required("data", "T", Signature.all(), "any shape")),
                        List.of(Parameter.required("shape", "T1", Signature.only(DType.I64), "one number a dimension")),
                        List.of(
                                AttributeSpec.integer("start", 0, "first dimension"),
                                AttributeSpec.optional(
                                        "end", Attribute.Int.class, "dimension behind the last one; all"))));
    }

    private static Shape asked(Call call) {
        Shape shape = call.input("data").shape();
        int start = within(call.attributes().integer("start"), shape.rank());
        int end = within(call.attributes().findInteger("end").orElse(shape.rank()), shape.rank());
        return start < end ? shape.slice(start, end) : Shape.of();
    }

    private static int within(long dimension, int rank) {
        return Math.clamp(dimension < 0 ? dimension + rank : dimension, 0, rank);
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.of(DType.I64, asked(call).rank()));
    }

    /// Reads no element.
    @Override
    public Cost cost(Call call) {
        return new Cost(0, outputs(call).getFirst().byteSize());
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Tensor data = inputs.get("data");
        List<Long> sizes = data.shape().toList().reversed();
        Shape turned = Shape.of(sizes.stream().mapToLong(size -> size).toArray());
        return List.of(Rereading.of(call, inputs)
                .input("data", data.dtype(), turned, n -> 0)
                .as("misplaced", "dimensions are counted from the last one"));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Shape shape = asked(call);
        return (at, origin) -> origin.whole(shape.dim((int) at[0]));
    }
}
