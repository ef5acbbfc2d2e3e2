package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import java.util.List;

/// Each degree keeps a squared sum of 1, or the sum of its paths.
final class DegreeNormMissing extends Fault {
    DegreeNormMissing() {
        super(
                "degree-norm-missing",
                "",
                List.of("bound"),
                List.of("scale"),
                "degrees are not normalised as asked for",
                "spherical_harmonics",
                "tensor_product");
    }

    @Override
    public Call misread(Call call) {
        return call.attributes().has("normalization") ? Calls.text(call, "normalization", "norm") : call;
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        if (!call.operator().equals("tensor_product")) {
            return plain;
        }
        return Operands.spoilingUnrounded(plain, "out", (found, given) -> {
            long width = found.shape().dim(2);
            for (long i = 0; i < found.shape().elements(); i++) {
                found.set(i, found.get(i) * Math.sqrt(2.0 * (int) Math.sqrt((double) (i % width)) + 1));
            }
        });
    }
}
