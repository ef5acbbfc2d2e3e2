package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Reading;
import dev.assay.tensor.Shape;
import java.util.Collections;
import java.util.List;

/// Memory is padded before anybody knows of a zero point.
final class PaddingCodeZero extends Fault {
    PaddingCodeZero() {
        super(
                "padding-code-zero",
                "",
                List.of("exact", "bound"),
                List.of("misplaced", "offset"),
                "padding holds the code 0 in place of the zero point",
                "conv_integer",
                "qlinear_conv");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Reading.kernel(call, arithmetic, reading -> {
            Shape shape = reading.tensor("x").shape();
            List<Long> pads = reading.call().attributes().integers("pads");
            int spatial = shape.rank() - 2;
            Shape padded = shape;
            for (int d = 0; d < spatial; d++) {
                padded = padded.with(d + 2, shape.dim(d + 2) + pads.get(d) + pads.get(d + spatial));
            }
            Shape larger = padded;
            return reading.picked("x", larger, i -> {
                        long[] at = larger.coordinates(i);
                        long number = 0;
                        for (int axis = 0; axis < at.length; axis++) {
                            long place = at[axis] - (axis < 2 ? 0 : pads.get(axis - 2));
                            if (place < 0 || place >= shape.dim(axis)) {
                                return -1;
                            }
                            number = number * shape.dim(axis) + place;
                        }
                        return number;
                    })
                    .as(other ->
                            Calls.attribute(other, "pads", new Attribute.Ints(Collections.nCopies(2 * spatial, 0L))));
        });
    }
}
