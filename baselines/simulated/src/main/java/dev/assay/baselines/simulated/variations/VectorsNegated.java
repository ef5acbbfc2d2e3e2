package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Operands;
import dev.assay.baselines.simulated.Variation;
import java.util.List;

/// Signs are open.
final class VectorsNegated extends Variation {
    VectorsNegated() {
        super("vectors-negated", "", "vectors have the other sign", "qr", "eigh", "svd");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        List<String> factors = switch (call.operator()) {
            case "qr" -> List.of("Q", "R");
            case "svd" -> List.of("U", "Vh");
            default -> List.of("eigenvectors");
        };
        SharedKernel negated = plain;
        for (String factor : factors) {
            negated = Operands.spoiling(negated, factor, (tensor, given) -> {
                for (long i = 0; i < tensor.shape().elements(); i++) {
                    tensor.set(i, -tensor.get(i));
                }
            });
        }
        return negated;
    }
}
