package dev.assay.engine.scorecard;

/// PyTorch's tests of scaled dot-product attention: the largest error from the high-precision reference is at most four
/// times that of the math path in low precision, and 1e-5 at least.
///
/// A NaN fails unless the low-precision path has one too; then every comparison with the NaN maximum is false, and
/// the output passes whatever it holds. Made for attention; 4 is the factor for the output on CUDA (6 on ROCm).
record Sdpa() implements Criterion {
    private static final double FUDGE = 4;
    private static final double SMALLEST = 1e-5;

    @Override
    public String id() {
        return "torch-sdpa-4x";
    }

    @Override
    public String source() {
        return "PyTorch test/test_transformers.py, _check_equal and fudge_factors of the flash attention tests";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        if (comparand.benchmark().isEmpty()) {
            return Outcome.notApplicable("no low-precision reference");
        }
        double[] benchmark = comparand.benchmark().get();
        double error = 0;
        double other = 0;
        for (int i = 0; i < comparand.size(); i++) {
            error = Math.max(error, Math.abs(comparand.reference(i) - comparand.actual(i)));
            other = Math.max(other, Math.abs(comparand.reference(i) - benchmark[i]));
        }
        if (Double.isNaN(error) && !Double.isNaN(other)) {
            return Outcome.of(false, error, Math.max(SMALLEST, FUDGE * other));
        }
        // Python's max keeps its first argument where the comparison with the second is false.
        double limit = FUDGE * other > SMALLEST ? FUDGE * other : SMALLEST;
        return Outcome.of(!(error > limit), error, limit);
    }
}
