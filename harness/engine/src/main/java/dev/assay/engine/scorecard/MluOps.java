package dev.assay.engine.scorecard;

import dev.assay.engine.scorecard.Comparand.Kind;
import dev.assay.tensor.DType;

/// Cambricon's diff1 and diff2: `Σ|e| / (Σ|b| + 1e-9)` and `sqrt(Σe² / (Σb² + 1e-9))` over the whole output.
///
/// A product belongs to the class of convolutions (1e-5 for float, 3e-3 for half, which is used for bf16 here; the
/// table has no bf16), everything else that is computed to the composite one (3e-3). The measure is the larger of the
/// two.
///
/// Its evaluator switches the comparison off for the *whole* output as soon as one element on either side is an
/// infinity or NaN: then only those elements are compared, and the rest may hold anything. That is reproduced; the
/// reference is rounded to the output's type first. Sums over an output hide errors of a few elements.
record MluOps() implements Criterion {
    static final double EPSILON = 1e-9;
    private static final double LOOSE = 3e-3;
    private static final double CONVOLUTION_FLOAT = 1e-5;

    @Override
    public String id() {
        return "mlu-ops-diff1-diff2";
    }

    @Override
    public String source() {
        return "Cambricon mlu-ops docs/MLU-OPS-Accuracy-Acceptance-Standard.md at 4b2c00ce; gtest evaluator.h, dealNanInf";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        if (comparand.kind() == Kind.COPY) {
            return Outcome.notApplicable("moved data is judged by diff3");
        }
        if (comparand.dtype() == DType.F64) {
            return Outcome.notApplicable("no threshold for f64");
        }
        boolean tight = comparand.kind() == Kind.PRODUCT && comparand.dtype() == DType.F32;
        double limit = tight ? CONVOLUTION_FLOAT : LOOSE;
        double errors = 0;
        double sizes = 0;
        double squaredErrors = 0;
        double squares = 0;
        boolean special = false;
        boolean specialsMatch = true;
        for (int i = 0; i < comparand.size(); i++) {
            if (!comparand.finite(i)) {
                special = true;
                specialsMatch &= comparand.sameSpecial(i);
                continue;
            }
            double baseline = comparand.reference(i);
            double error = Math.abs(comparand.actual(i) - baseline);
            errors += error;
            sizes += Math.abs(baseline);
            squaredErrors += error * error;
            squares += baseline * baseline;
        }
        if (special) {
            return Outcome.of(specialsMatch, specialsMatch ? 0 : Double.MAX_VALUE, limit)
                    .withRemark("a NaN or infinity switches the comparison off");
        }
        double diff1 = errors / (sizes + EPSILON);
        double diff2 = Math.sqrt(squaredErrors / (squares + EPSILON));
        return Outcome.atMost(Math.max(diff1, diff2), limit);
    }
}
