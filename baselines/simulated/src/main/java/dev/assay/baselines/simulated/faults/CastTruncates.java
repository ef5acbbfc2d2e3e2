package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.List;

/// The low half of the bits is left away.
final class CastTruncates extends Fault {
    CastTruncates() {
        super(
                "cast-truncates",
                "",
                List.of("exact", "bound"),
                List.of("truncation"),
                "numbers are cut off to the narrower type",
                "cast",
                "cast_like");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        return Operands.spoiling(plain, "output", (results, given) -> {
            Tensor input = given.input("input").tensor();
            boolean floats = results.dtype().isFloat() && results.dtype() != DType.E8M0;
            for (long i = 0; floats && i < results.shape().elements(); i++) {
                double result = results.get(i);
                if (Math.abs(result) > Math.abs(input.get(i)) && Double.isFinite(result)) {
                    results.setCodeAt(i, results.codeAt(i) - 1);
                }
            }
        });
    }
}
