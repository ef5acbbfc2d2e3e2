package dev.assay.engine.scorecard;

import dev.assay.tensor.DType;

/// FlashAttention: the largest error is at most twice that of a plain low-precision implementation (three times with a
/// soft cap), plus twice what arithmetic on the reference loses: `2 · max|((ref + 0.3) - 0.3) - ref|`.
///
/// Both errors are taken from the reference rounded to the output's type, as `attention_ref` returns it. A NaN or an
/// infinite difference anywhere fails, also where it belongs. One maximum over the whole output: what happens to small
/// elements does not show. Made for attention.
record FlashAttention() implements Criterion {

    @Override
    public String id() {
        return "flash-attention-2x";
    }

    @Override
    public String source() {
        return "FlashAttention hopper/test_flash_attn.py, fwd_atol and rtol";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        if (comparand.benchmark().isEmpty()) {
            return Outcome.notApplicable("no low-precision reference");
        }
        double[] benchmark = comparand.benchmark().get();
        double error = 0;
        double allowed = 0;
        double loss = 0;
        for (int i = 0; i < comparand.size(); i++) {
            double reference = comparand.rounded(i);
            // Math.max hands a NaN on, as a maximum in PyTorch does.
            error = Math.max(error, Math.abs(comparand.actual(i) - reference));
            allowed = Math.max(allowed, Math.abs(benchmark[i] - reference));
            loss = Math.max(loss, loss(comparand.dtype(), reference));
        }
        double factor = comparand.softCapped() ? 3 : 2;
        return Outcome.atMost(error, factor * allowed + 2 * loss);
    }

    private static double loss(DType dtype, double reference) {
        // PyTorch takes a scalar in the type that it computes in.
        double shift = dtype == DType.F64 ? 0.3 : 0.3f;
        double there = dtype.round(reference + shift);
        double back = dtype.round(there - shift);
        return Math.abs(dtype.round(back - reference));
    }
}
