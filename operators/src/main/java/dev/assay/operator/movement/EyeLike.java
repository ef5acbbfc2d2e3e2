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
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Set;

/// A matrix of the input's size with ones on a diagonal and zeros elsewhere; the input's values do not matter.
///
/// - element `[i, i + k]` is 1
/// - `dtype` is a number of ONNX's `TensorProto.DataType`; without it the output has the input's type
/// - source: ONNX EyeLike-22
public final class EyeLike extends Movement {
    private static final Set<DType> TYPES = Signature.union(Signature.numbers(), Signature.only(DType.BOOL));

    public EyeLike() {
        super(
                "eye_like",
                "EyeLike",
                about("1 where the column is the row plus k, otherwise 0", "ONNX EyeLike-22"),
                new Signature(
                        List.of(Parameter.required("input", "T1", TYPES, "a matrix of any values")),
                        List.of(Parameter.required("output", "T2", TYPES, "of the same size")),
                        List.of(
                                AttributeSpec.optional(
                                        "dtype", Attribute.Int.class, "type of the output, by its number in ONNX"),
                                AttributeSpec.integer("k", 0, "diagonal, above the main one if positive"))));
    }

    /// Type of the output.
    private DType type(Call call) {
        DType type = call.attributes().has("dtype")
                ? onnxType(call.attributes().integer("dtype"))
                : call.input("input").dtype();
        if (!TYPES.contains(type)) {
            throw invalid(
                    "dtype " + type,
                    "attribute dtype",
                    "use one of " + TYPES.stream().sorted().toList());
        }
        return type;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape shape = call.input("input").shape();
        if (shape.rank() != 2) {
            throw invalid("input " + shape, "input input", "give a matrix");
        }
        return List.of(TensorSpec.dense(type(call), shape));
    }

    /// Writes only.
    @Override
    public Cost cost(Call call) {
        return new Cost(0, outputs(call).getFirst().byteSize());
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        long k = call.attributes().integer("k");
        Rereading right = Rereading.of(call, inputs);
        return List.of(
                right.attribute("k", new Attribute.Int(k + 1))
                        .as("misplaced", "the diagonal lies one further to the right"),
                right.attribute("k", new Attribute.Int(k - 1))
                        .as("misplaced", "the diagonal lies one further to the left"));
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        long k = call.attributes().integer("k");
        return (at, origin) -> origin.constant(at[1] - at[0] == k ? 1 : 0);
    }
}
