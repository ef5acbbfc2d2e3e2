package dev.assay.engine.scorecard;

import dev.assay.engine.scorecard.Comparand.DotProduct;
import dev.assay.tensor.DType;
import java.util.Map;

/// The formula of Arm's TOSA conformance tests for dot products of length K, accumulated in fp32.
///
/// With `frac` the fraction bits of the output (10, 7, 23), `ksb = ceil(K / 2^((23 - frac) / 2))` and
/// `err = (actual - reference) / max(Σ|a·b| · 2^(-1 - frac), smallest normal)`:
///
/// - each `|err|` is at most `2 · ksb`
/// - `Σ err²` over T elements is at most `1.6 · ksb · T`; asked from T = 1000 on, which TOSA's own sets have
/// - an element with `Σ|a·b| = 0` is exactly 0; one whose `Σ|a·b|` overflows the type is not looked at
///
/// The third part, a limit on `Σ err`, holds for TOSA's own data sets only and is left out. The measure is the larger
/// of the two ratios to their limits. Normalising by `Σ|a·b|` is the worst case: on random data the tolerance is 12
/// (K = 64) to 1671 times (K = 8192) the rounding error that can happen.
record TosaDotProduct() implements Criterion {
    private static final int ACCUMULATOR_FRACTION = 23;
    private static final int FEWEST_FOR_VARIANCE = 1000;
    private static final Map<DType, Integer> FRACTIONS = Map.of(DType.F16, 10, DType.BF16, 7, DType.F32, 23);

    @Override
    public String id() {
        return "tosa-dot-product";
    }

    @Override
    public String source() {
        return "Arm TOSA reference_model verify/verify_dot_product.cc, DOT_PRODUCT with fp32 accumulation";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        Integer fraction = FRACTIONS.get(comparand.dtype());
        if (comparand.dotProduct().isEmpty()) {
            return Outcome.notApplicable("no dot products");
        }
        if (fraction == null) {
            return Outcome.notApplicable("no formula for " + comparand.dtype());
        }
        DotProduct products = comparand.dotProduct().get();
        double ksb = Math.max(1, Math.ceil(products.length() / Math.pow(2, (ACCUMULATOR_FRACTION - fraction) / 2.0)));
        double largest = 0;
        double squares = 0;
        for (int i = 0; i < comparand.size(); i++) {
            double error = error(comparand, products.magnitudes()[i], fraction, i);
            largest = Math.max(largest, Math.abs(error));
            squares += error * error;
        }
        double single = largest / (2 * ksb);
        double together = comparand.size() < FEWEST_FOR_VARIANCE ? 0 : squares / (4 * 0.4 * ksb * comparand.size());
        return Outcome.atMost(Math.max(single, together), 1);
    }

    private static double error(Comparand comparand, double magnitude, int fraction, int i) {
        double actual = comparand.actual(i);
        double reference = comparand.reference(i);
        if (Double.isNaN(reference)) {
            return Double.isNaN(actual) ? 0 : Double.POSITIVE_INFINITY;
        }
        if (!Double.isFinite(comparand.dtype().round(magnitude))) {
            return 0;
        }
        if (magnitude == 0) {
            return actual == 0 ? 0 : Double.POSITIVE_INFINITY;
        }
        double unit =
                Math.max(Math.scalb(magnitude, -1 - fraction), comparand.dtype().minNormal());
        double error = (actual - reference) / unit;
        return Double.isFinite(error) ? error : Double.POSITIVE_INFINITY;
    }
}
