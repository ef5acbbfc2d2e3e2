package dev.assay.engine.scorecard;

import dev.assay.engine.scorecard.Comparand.Kind;
import dev.assay.tensor.DType;

/// ggml's test-backend-ops: `Σ(a - b)² / Σa²` is at most 5e-4 for products and attention and 1e-7 for the rest, with
/// `a` the tested backend's values and `b` those of ggml's CPU backend, for which our rounded reference stands.
///
/// A NaN on either side fails; infinities, for which ±`FLT_MAX` stands too, must match in place and sign. Matching
/// infinities make the sum NaN, no NaN is more than a limit, and the output passes whatever else it holds; so does an
/// output of zeros where zeros are right. ggml normalises in f32 only, and has no f64.
record GgmlNmse() implements Criterion {
    private static final double PRODUCTS = 5e-4;
    private static final double OTHERS = 1e-7;

    @Override
    public String id() {
        return "ggml-nmse";
    }

    @Override
    public String source() {
        return "ggml tests/test-backend-ops.cpp, nmse and max_nmse_err, as of d99724f2";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        if (comparand.dtype() == DType.F64) {
            return Outcome.notApplicable("ggml has no f64");
        }
        boolean product = comparand.kind() == Kind.PRODUCT || comparand.kind() == Kind.ATTENTION;
        if (comparand.kind() == Kind.NORMALISATION && comparand.dtype() != DType.F32) {
            return Outcome.notApplicable("ggml normalises in f32 only");
        }
        double limit = product ? PRODUCTS : OTHERS;
        double errors = 0;
        double sizes = 0;
        for (int i = 0; i < comparand.size(); i++) {
            double a = comparand.actual(i);
            double b = comparand.rounded(i);
            boolean alike = !isInfinite(a) && !isInfinite(b);
            if (isInfinite(a) && isInfinite(b)) {
                alike = Math.signum(a) == Math.signum(b);
            }
            if (Double.isNaN(a) || Double.isNaN(b) || !alike) {
                return Outcome.of(false, Double.POSITIVE_INFINITY, limit);
            }
            errors += (a - b) * (a - b);
            sizes += a * a;
        }
        double nmse = errors / sizes;
        return Outcome.of(!(nmse > limit), nmse, limit);
    }

    private static boolean isInfinite(double value) {
        return Math.abs(value) >= Float.MAX_VALUE;
    }
}
