package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.Operands;
import dev.assay.tensor.DType;
import java.util.List;

/// The largest number of another format of 8 bits.
final class F8SaturatesEarly extends Fault {
    private static final double LARGEST = 240;

    F8SaturatesEarly() {
        super(
                "f8-saturates-early",
                "M10",
                List.of("exact", "special", "bound"),
                List.of("overflow", "special-values"),
                "numbers of f8e4m3 beyond 240 become 240",
                "quantize_linear",
                "cast");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        String name = call.outputs().getFirst().name();
        return Operands.spoiling(plain, name, (codes, given) -> {
            for (long i = 0; codes.dtype() == DType.F8E4M3 && i < codes.shape().elements(); i++) {
                if (Math.abs(codes.get(i)) > LARGEST) {
                    codes.set(i, Math.copySign(LARGEST, codes.get(i)));
                }
            }
        });
    }
}
