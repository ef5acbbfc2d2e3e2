package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Variation;

/// One instruction where there is one.
final class FusedMultiplyAdd extends Variation {
    FusedMultiplyAdd() {
        super(
                "fused-multiply-add",
                "13",
                "products are added without being rounded before",
                "hard_sigmoid",
                "instance_normalization",
                "group_normalization",
                "batch_normalization",
                "moe_combine",
                "adamw",
                "adam",
                "adagrad",
                "momentum",
                "sgd",
                "lion",
                "weight_ema");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public double multiplyAdd(double a, double b, double c) {
                return round(Math.fma(a, b, c));
            }
        };
    }
}
