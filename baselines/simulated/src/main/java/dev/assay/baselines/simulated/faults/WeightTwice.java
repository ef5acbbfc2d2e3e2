package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Fault;
import dev.assay.baselines.simulated.NormalizationNumerics;
import dev.assay.baselines.simulated.Operands;
import dev.assay.baselines.simulated.Operators;
import java.util.List;

/// The weight is part of the inverse deviation and applied again.
final class WeightTwice extends Fault {
    WeightTwice() {
        super(
                "weight-twice",
                "",
                List.of("bound"),
                List.of("operand-ignored"),
                "the weight is applied twice",
                Operators.all(new String[] {"layer_normalization"}, Operators.withEpsilon()));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) -> (x - mean) * inverse * weight * weight + bias);
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        SharedKernel kernel = plain;
        for (Operand operand : call.inputs()) {
            kernel = operand.name().endsWith("scale")
                    ? Operands.reading(kernel, operand.name(), (weight, given) -> {
                        for (long i = 0; i < weight.shape().elements(); i++) {
                            weight.set(i, weight.get(i) * weight.get(i));
                        }
                    })
                    : kernel;
        }
        return kernel;
    }
}
