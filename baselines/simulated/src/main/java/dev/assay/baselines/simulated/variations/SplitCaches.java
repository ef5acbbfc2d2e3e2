package dev.assay.baselines.simulated.variations;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.baselines.simulated.Variation;

/// As where several groups of threads share the keys of one query.
final class SplitCaches extends Variation {
    private static final int PARTS = 4;

    SplitCaches() {
        super(
                "split-caches",
                "45",
                "the keys of a query are taken in four parts, and results put together by their log-sum-exps",
                "flex_attention",
                "varlen_attention",
                "paged_attention",
                "mla_attention");
    }

    @Override
    public Arithmetic arithmetic(Arithmetic arithmetic) {
        return new ForwardingArithmetic(arithmetic) {
            @Override
            public int keyParts() {
                return PARTS;
            }
        };
    }
}
