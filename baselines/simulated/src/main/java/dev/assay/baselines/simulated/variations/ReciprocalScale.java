package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Variation;
import java.util.Set;

/// A division less for every number.
final class ReciprocalScale extends Variation {
    /// What ranges are divided by.
    private static final Set<Double> CODES = Set.of(127.0, 255.0, 448.0, 57344.0);

    ReciprocalScale() {
        super(
                "reciprocal-scale",
                "33",
                "numbers are multiplied by the reciprocal of their scale",
                "quantize_linear",
                "dynamic_quant",
                "dynamic_quantize_linear");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double divide(double a, double b) {
                return CODES.contains(b) ? super.divide(a, b) : multiply(a, super.divide(1, b));
            }
        };
    }
}
