package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operands;
import dev.assay.baselines.simulated.Operators;
import java.util.List;

/// The bias is left out.
final class BiasIgnored extends Fault {
    BiasIgnored() {
        super(
                "bias-ignored",
                "",
                List.of("bound"),
                List.of("operand-ignored"),
                "the bias is not added",
                Operators.all(
                        new String[] {"layer_normalization"},
                        new String[] {"instance_normalization", "group_normalization", "batch_normalization"}));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) -> (x - mean) * inverse * weight);
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        String bias = call.operator().equals("group_normalization") ? "bias" : "B";
        return Operands.reading(plain, bias, (tensor, given) -> {
            for (long i = 0; i < tensor.shape().elements(); i++) {
                tensor.set(i, 0);
            }
        });
    }
}
