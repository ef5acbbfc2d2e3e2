package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import java.util.List;

/// A matrix of the same elements: dimensions before `axis` are its rows, the others its columns.
///
/// - `axis` from -r to r; 0 gives one row
/// - source: ONNX Flatten-25
public final class Flatten extends Relabelling {
    public Flatten() {
        super(
                "flatten",
                "Flatten",
                "the same elements as a matrix: dimensions before axis are its rows",
                "ONNX Flatten-25",
                new Signature(
                        List.of(Parameter.required("input", "T", Signature.all(), "any shape")),
                        List.of(Parameter.required("output", "T", Signature.all(), "a matrix")),
                        List.of(AttributeSpec.integer("axis", 1, "first dimension of the columns, from -r to r"))));
    }

    @Override
    Shape shape(Call call) {
        Shape input = call.input("input").shape();
        long asked = call.attributes().integer("axis");
        int rank = input.rank();
        if (asked < -rank || asked > rank) {
            throw invalid(
                    "axis " + asked + " of a tensor of rank " + rank,
                    "attribute axis",
                    "give a number from " + -rank + " to " + rank);
        }
        int axis = Math.toIntExact(asked < 0 ? asked + rank : asked);
        return Shape.of(input.slice(0, axis).elements(), input.slice(axis, rank).elements());
    }
}
