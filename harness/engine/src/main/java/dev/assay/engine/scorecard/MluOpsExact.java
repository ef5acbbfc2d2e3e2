package dev.assay.engine.scorecard;

import dev.assay.engine.scorecard.Comparand.Kind;
import dev.assay.tensor.DType;

/// Cambricon's diff3, the largest error of one element: relative, or absolute where the baseline is below 1e-6 (1e-4
/// for half). The published threshold is 0, for operators that move data and for arithmetic; products, attention and
/// normalisations belong to neither class.
///
/// With a threshold of 0 the evaluator takes NaN against NaN, and equal infinities, for equal, and looks at the rest.
record MluOpsExact() implements Criterion {

    @Override
    public String id() {
        return "mlu-ops-diff3";
    }

    @Override
    public String source() {
        return "Cambricon mlu-ops docs/MLU-OPS-Accuracy-Acceptance-Standard.md at 4b2c00ce; gtest evaluator.h, computeDiff3";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        if (comparand.kind() != Kind.COPY) {
            return Outcome.notApplicable("only for moved data");
        }
        double small = comparand.dtype() == DType.F16 ? 1e-4 : comparand.dtype() == DType.F32 ? 1e-6 : 0;
        double largest = 0;
        for (int i = 0; i < comparand.size(); i++) {
            if (comparand.sameSpecial(i)) {
                continue;
            }
            if (!comparand.finite(i)) {
                return Outcome.of(false, Double.MAX_VALUE, 0);
            }
            largest = Math.max(largest, diff3(comparand.actual(i), comparand.reference(i), small));
        }
        return Outcome.atMost(largest, 0);
    }

    static double diff3(double actual, double baseline, double small) {
        double error = Math.abs(actual - baseline);
        double size = Math.abs(baseline);
        return size < small ? error : error / (size + MluOps.EPSILON);
    }
}
