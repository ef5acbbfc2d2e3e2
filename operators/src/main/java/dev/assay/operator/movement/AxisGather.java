package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Cost;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import java.util.List;

/// What `gather` and `gather_elements` have in common: data that is picked along one dimension, by indices.
///
/// Negative indices count from the end; what comes of those out of range is open, ONNX calls it an error.
abstract class AxisGather extends Movement {
    AxisGather(String name, String onnxType, String formula, String source, String indices, String output) {
        super(
                name,
                onnxType,
                about(formula, source),
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.all(), "one or more dimensions"),
                                Parameter.required("indices", "Tind", Signature.only(DType.I32, DType.I64), indices)),
                        List.of(Parameter.required("output", "T", Signature.all(), output)),
                        List.of(AttributeSpec.integer("axis", 0, "dimension that is picked from"))));
    }

    final int axis(Call call) {
        return axis(
                call.attributes().integer("axis"), call.input("data").shape().rank(), "attribute axis");
    }

    @Override
    protected final Fill places(Call call, String input) {
        return indices(call.input("data").shape().dim(axis(call)));
    }

    /// Reads what it writes, and the indices.
    @Override
    public final Cost cost(Call call) {
        return new Cost(
                0,
                2 * outputs(call).getFirst().byteSize() + call.input("indices").byteSize());
    }
}
