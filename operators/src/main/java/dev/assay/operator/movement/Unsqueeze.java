package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.List;

/// Dimensions of size 1 put in: `axes` says where they are in the output, in any order.
///
/// - source: ONNX Unsqueeze-25
public final class Unsqueeze extends Relabelling {
    public Unsqueeze() {
        super(
                "unsqueeze",
                "Unsqueeze",
                "the same elements with dimensions of size 1 at axes",
                "ONNX Unsqueeze-25",
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.all(), "any shape"),
                                Parameter.constant("axes", "A", Signature.only(DType.I64), "dimensions of the output")),
                        List.of(Parameter.required("expanded", "T", Signature.all(), "more dimensions")),
                        List.of()));
    }

    @Override
    Shape shape(Call call) {
        Shape data = call.input("data").shape();
        List<Long> axes = constant(call, "axes");
        long[] dims = new long[data.rank() + axes.size()];
        int from = 0;
        boolean[] put = new boolean[dims.length];
        for (int axis : axes(axes, dims.length, "input axes")) {
            put[axis] = true;
        }
        for (int axis = 0; axis < dims.length; axis++) {
            dims[axis] = put[axis] ? 1 : data.dim(from++);
        }
        return Shape.of(dims);
    }
}
