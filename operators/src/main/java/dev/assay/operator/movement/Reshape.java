package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.List;

/// Other sizes for the same elements in the same row-major order.
///
/// - a size of -1 is what is left of the elements; at most one may be
/// - a size of 0 is that of the input in the same place, or with `allowzero` no elements
/// - source: ONNX Reshape-25
public final class Reshape extends Relabelling {
    public Reshape() {
        super(
                "reshape",
                "Reshape",
                "the same elements in row-major order, with the sizes shape",
                "ONNX Reshape-25",
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.all(), "any shape"),
                                Parameter.constant("shape", "S", Signature.only(DType.I64), "sizes, -1, or 0")),
                        List.of(Parameter.required("reshaped", "T", Signature.all(), "the sizes of shape")),
                        List.of(AttributeSpec.integer("allowzero", 0, "whether 0 means 0"))));
    }

    @Override
    Shape shape(Call call) {
        Shape data = call.input("data").shape();
        boolean allowZero = call.attributes().integer("allowzero") != 0;
        List<Long> asked = constant(call, "shape");
        long[] dims = new long[asked.size()];
        long known = 1;
        int open = -1;
        for (int i = 0; i < dims.length; i++) {
            dims[i] = asked.get(i);
            if (dims[i] == 0 && !allowZero) {
                if (i >= data.rank()) {
                    throw invalid("a size 0 where " + data + " has none", "input shape", "give the size");
                }
                dims[i] = data.dim(i);
            }
            if (dims[i] == -1 && open < 0) {
                open = i;
            } else if (dims[i] < 0) {
                throw invalid("sizes " + asked, "input shape", "give sizes from 0, at most one of them -1");
            } else {
                known = Math.multiplyExact(known, dims[i]);
            }
        }
        if (open >= 0) {
            if (known == 0 || data.elements() % known != 0) {
                throw invalid(
                        data + " cannot have the sizes " + asked,
                        "input shape",
                        "give sizes whose product divides " + data.elements());
            }
            dims[open] = data.elements() / known;
        }
        Shape shape = Shape.of(dims);
        if (shape.elements() != data.elements()) {
            throw invalid(
                    shape + " has " + shape.elements() + " elements, " + data + " has " + data.elements(),
                    "input shape",
                    "give sizes of " + data.elements() + " elements");
        }
        return shape;
    }
}
