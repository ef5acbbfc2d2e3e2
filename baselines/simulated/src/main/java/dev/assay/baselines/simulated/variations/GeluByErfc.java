package dev.assay.baselines.simulated.variations;

import dev.assay.backend.Call;
import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.SharedKernel;
import dev.assay.baselines.simulated.Operands;
import dev.assay.baselines.simulated.Variation;
import dev.assay.numerics.ErrorFunction;
import dev.assay.tensor.Tensor;

/// Nothing cancels where the operand is negative.
final class GeluByErfc extends Variation {
    GeluByErfc() {
        super("gelu-by-erfc", "36", "GELU is x / 2 erfc(-x / sqrt 2)", "gelu", "geglu");
    }

    @Override
    public SharedKernel kernel(Call call, Arithmetic arithmetic, SharedKernel plain) {
        boolean gated = call.operator().equals("geglu");
        if (!gated && call.attributes().text("approximate").equals("tanh")) {
            return plain;
        }
        String first = call.inputs().getFirst().name();
        return Operands.spoiling(plain, "Y", (y, given) -> {
            Tensor x = given.input(first).tensor();
            for (long i = 0; i < y.shape().elements(); i++) {
                double scaled = arithmetic.divide(-x.get(i), arithmetic.round(Math.sqrt(2)));
                double half = arithmetic.multiply(0.5, x.get(i));
                double gelu = arithmetic.multiply(half, arithmetic.function(ErrorFunction::erfc, scaled));
                double result = gated
                        ? arithmetic.multiply(gelu, given.input("B").tensor().get(i))
                        : gelu;
                y.set(i, Double.isNaN(result) ? Double.NaN : result);
            }
        });
    }
}
