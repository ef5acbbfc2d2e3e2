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

/// A convention of another model: weights are stored less one.
final class WeightPlusOne extends Fault {
    WeightPlusOne() {
        super(
                "weight-plus-one",
                "N08",
                List.of("bound"),
                List.of("scale", "operand-ignored"),
                "one is added to the weight",
                Operators.all(new String[] {"layer_normalization"}, Operators.withEpsilon()));
    }

    @Override
    public NormalizationNumerics normalization(NormalizationNumerics numerics) {
        return numerics.affine((x, mean, inverse, weight, bias, type) -> (x - mean) * inverse * (weight + 1) + bias);
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        SharedKernel kernel = plain;
        for (Operand operand : call.inputs()) {
            kernel = operand.name().endsWith("scale")
                    ? Operands.reading(kernel, operand.name(), (weight, given) -> {
                        for (long i = 0; i < weight.shape().elements(); i++) {
                            weight.set(i, weight.get(i) + 1);
                        }
                    })
                    : kernel;
        }
        return kernel;
    }
}
