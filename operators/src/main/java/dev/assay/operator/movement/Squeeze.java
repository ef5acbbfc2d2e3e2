package dev.assay.operator.movement;

import dev.assay.backend.Call;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.List;
import java.util.stream.IntStream;

/// Dimensions of size 1 taken away: those of `axes`, or all.
///
/// - source: ONNX Squeeze-25
public final class Squeeze extends Relabelling {
    public Squeeze() {
        super(
                "squeeze",
                "Squeeze",
                "the same elements without the dimensions axes, which have size 1",
                "ONNX Squeeze-25",
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.all(), "any shape"),
                                Parameter.optionalConstant(
                                        "axes", "A", Signature.only(DType.I64), "dimensions of size 1; all of them")),
                        List.of(Parameter.required("squeezed", "T", Signature.all(), "fewer dimensions")),
                        List.of()));
    }

    @Override
    Shape shape(Call call) {
        Shape data = call.input("data").shape();
        boolean[] taken = new boolean[data.rank()];
        if (call.hasInput("axes")) {
            for (int axis : axes(constant(call, "axes"), data.rank(), "input axes")) {
                if (data.dim(axis) != 1) {
                    throw invalid(
                            "dimension " + axis + " of " + data + " is " + data.dim(axis),
                            "input axes",
                            "name dimensions of size 1");
                }
                taken[axis] = true;
            }
        } else {
            for (int axis = 0; axis < taken.length; axis++) {
                taken[axis] = data.dim(axis) == 1;
            }
        }
        return Shape.of(IntStream.range(0, taken.length)
                .filter(axis -> !taken[axis])
                .mapToLong(data::dim)
                .toArray());
    }
}
