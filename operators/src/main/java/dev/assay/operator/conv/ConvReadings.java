package dev.assay.operator.conv;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Collections;
import java.util.List;

/// Wrong readings of convolutions of bytes.
final class ConvReadings {
    private ConvReadings() {}

    /// Padding that is written out with the code 0, where it stands for the zero point.
    static List<Misreading> padding(Call call, Inputs inputs) {
        if (!call.attributes().has("pads")) {
            return List.of();
        }
        List<Long> pads = call.attributes().integers("pads");
        Tensor x = inputs.get("x");
        Shape shape = x.shape();
        int spatial = shape.rank() - 2;
        Shape padded = shape;
        for (int d = 0; d < spatial; d++) {
            padded = padded.with(d + 2, shape.dim(d + 2) + pads.get(d) + pads.get(d + spatial));
        }
        Shape larger = padded;
        return List.of(Rereading.of(call, inputs)
                .input("x", x.dtype(), larger, n -> {
                    long[] at = larger.coordinates(n);
                    long number = 0;
                    for (int axis = 0; axis < at.length; axis++) {
                        long place = at[axis] - (axis < 2 ? 0 : pads.get(axis - 2));
                        if (place < 0 || place >= shape.dim(axis)) {
                            return 0;
                        }
                        number = number * shape.dim(axis) + place;
                    }
                    return x.get(number);
                })
                .attribute("pads", new Attribute.Ints(Collections.nCopies(2 * spatial, 0L)))
                .as("offset", "padding holds the code 0 in place of the zero point"));
    }
}
