package dev.assay.engine.scorecard;

import dev.assay.tensor.DType;
import java.util.Map;

/// CANN's standard for contributed operators: MERE below a threshold by type and MARE below ten times it.
///
/// Relative errors blow up where an element nearly cancels, so correct kernels fail. The measure is the larger of
/// MERE divided by its threshold and MARE divided by its own.
record CannCommunity() implements Criterion {
    private static final double MARE_FACTOR = 10;
    private static final Map<DType, Double> THRESHOLDS = Map.of(
            DType.F16, 0x1p-10, DType.BF16, 0x1p-7, DType.F32, 0x1p-13, DType.F8E4M3, 0x1p-3, DType.F8E5M2, 0x1p-2);

    @Override
    public String id() {
        return "cann-community";
    }

    @Override
    public String source() {
        return "CANN operator precision standard, ecosystem: MERE < T and MARE < 10 T, relative to |golden| + 1e-7";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        Double threshold = THRESHOLDS.get(comparand.dtype());
        if (threshold == null) {
            return Outcome.notApplicable("no threshold for " + comparand.dtype());
        }
        RelativeErrors errors = RelativeErrors.of(comparand, comparand::actual);
        if (!errors.specialsMatch()) {
            return Outcome.of(false, Double.POSITIVE_INFINITY, 1);
        }
        return Outcome.below(Math.max(errors.mean() / threshold, errors.largest() / (MARE_FACTOR * threshold)), 1);
    }
}
