package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.Shape;
import java.util.List;

/// Many libraries leave the factor to the caller (FFTW, cuFFT).
final class InverseNotScaled extends Fault {
    InverseNotScaled() {
        super(
                "inverse-not-scaled",
                "",
                List.of("bound", "exact"),
                List.of("scale", "attribute"),
                "the inverse is not divided by the length",
                "dft",
                "fftn");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        boolean divided = call.attributes().integer("inverse") != 0
                && (call.operator().equals("dft")
                        || call.attributes().text("norm").equals("backward"));
        return Operands.spoilingUnrounded(plain, "output", (output, given) -> {
            Shape shape = output.shape();
            double count = 1;
            if (call.operator().equals("dft")) {
                List<Long> named = call.constants()
                        .getOrDefault(
                                "axis",
                                List.of(call.attributes().findInteger("axis").orElse(-2)));
                long axis = named.getFirst();
                count = shape.dim(Math.toIntExact(axis < 0 ? axis + shape.rank() : axis));
            } else if (call.attributes().find("dim").isPresent()) {
                for (long axis : call.attributes().integers("dim")) {
                    count *= shape.dim((int) axis);
                }
            } else {
                count = shape.slice(0, shape.rank() - 1).elements();
            }
            for (long i = 0; i < shape.elements() && divided; i++) {
                output.set(i, arithmetic.multiply(output.get(i), count));
            }
        });
    }
}
