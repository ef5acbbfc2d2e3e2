package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Indices as lines of `depth` elements: `on` at the index, `off` elsewhere.
///
/// - `values` is `[off, on]`; `depth` belongs to the call, for a size follows from it
/// - negative indices count from the end; those out of range give lines of `off`
/// - indices of floating-point types are cast to i64, toward zero; where i64 does not hold them the result is open
/// - source: ONNX OneHot-28
public final class OneHot extends Movement {
    public OneHot() {
        super(
                "one_hot",
                "OneHot",
                about("on where the index is that of the place along axis, off elsewhere", "ONNX OneHot-28"),
                new Signature(
                        List.of(
                                Parameter.required("indices", "T1", Signature.numbers(), "any shape"),
                                Parameter.constant("depth", "T2", Signature.numbers(), "length of a line, one element"),
                                Parameter.required("values", "T3", Signature.all(), "[off, on]")),
                        List.of(Parameter.required(
                                "output", "T3", Signature.all(), "one dimension more than the indices")),
                        List.of(AttributeSpec.integer("axis", -1, "where the new dimension is in the output"))));
    }

    private int axis(Call call) {
        return axis(
                call.attributes().integer("axis"), call.input("indices").shape().rank() + 1, "attribute axis");
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape indices = call.input("indices").shape();
        TensorSpec values = call.input("values");
        long depth = single(call, "depth");
        if (depth < 0) {
            throw invalid("depth " + depth, "input depth", "give a length from 0");
        }
        if (!values.shape().equals(Shape.of(2))) {
            throw invalid("values " + values.shape(), "input values", "give [off, on]");
        }
        int axis = axis(call);
        Shape shape = indices.slice(0, axis).concat(Shape.of(depth)).concat(indices.slice(axis, indices.rank()));
        return List.of(TensorSpec.dense(values.dtype(), shape));
    }

    @Override
    protected List<String> data(Call call) {
        return List.of("values");
    }

    /// Some out of range on either side; those of floating-point types with fractions.
    @Override
    protected Fill places(Call call, String input) {
        long depth = single(call, "depth");
        return call.input("indices").dtype().isFloat()
                ? Fills.of("uniform", -depth - 2.0, depth + 2.0)
                : wholeNumbers(-depth - 2, depth + 1);
    }

    @Override
    protected Placement placement(Call call, Inputs inputs, int output) {
        Tensor indices = inputs.get("indices");
        Tensor values = inputs.get("values");
        long depth = single(call, "depth");
        int axis = axis(call);
        long[] steps = indices.shape().denseStrides();
        return (at, origin) -> {
            long element = 0;
            for (int i = 0; i < steps.length; i++) {
                element += at[i < axis ? i : i + 1] * steps[i];
            }
            double given = indices.get(element);
            if (!(Math.abs(given) < 0x1p63) && indices.dtype().isFloat()) {
                origin.open();
                return;
            }
            // Beyond 2^53 a double is rounded, but no depth is so large.
            double whole = given < 0 ? Math.ceil(given) : Math.floor(given);
            double index = whole < 0 ? whole + depth : whole;
            origin.element(values, index == at[axis] ? 1 : 0);
        };
    }
}
