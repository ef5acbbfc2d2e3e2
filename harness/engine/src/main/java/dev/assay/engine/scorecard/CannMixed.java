package dev.assay.engine.scorecard;

import dev.assay.engine.scorecard.AllClose.Tolerance;
import dev.assay.tensor.DType;
import java.util.Map;

/// CANN's experimental mixed tolerance: 99 % of the elements within `atol + rtol · |golden|`, and no error larger than
/// a limit by type, or than 32 ulps of the golden value if that is more.
///
/// One element in a hundred may be off by up to the limit: an unwritten tile of 128 in an output of small values
/// passes. Copies of the standard differ in atol (2^-14 and 2^-10 in one for fp16 and bf16); these are the larger
/// ones. The measure is the larger of the share of mismatches divided by 0.01 and the error divided by its limit. An
/// infinity or NaN on one side is an infinite error; CANN's checkers let matching ones be.
record CannMixed() implements Criterion {
    private static final double MISMATCHES = 0.01;
    private static final double ULPS = 32;
    private static final Map<DType, Tolerance> TOLERANCES = Map.of(
            DType.F16,
            new Tolerance(0x1p-9, 0x1p-9),
            DType.BF16,
            new Tolerance(0x1p-6, 0x1p-6),
            DType.F32,
            new Tolerance(0x1p-10, 0x1p-16));
    private static final Map<DType, Double> LIMITS = Map.of(DType.F16, 0.1, DType.BF16, 1.0, DType.F32, 1e-2);

    @Override
    public String id() {
        return "cann-mixed";
    }

    @Override
    public String source() {
        return "CANN opbase docs/zh/ops_precision_standard/experimental_standard.md";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        DType dtype = comparand.dtype();
        Tolerance tolerance = TOLERANCES.get(dtype);
        Double limit = LIMITS.get(dtype);
        if (tolerance == null || limit == null) {
            return Outcome.notApplicable("no tolerance for " + dtype);
        }
        int mismatched = 0;
        double largest = 0;
        for (int i = 0; i < comparand.size(); i++) {
            if (comparand.sameSpecial(i)) {
                continue;
            }
            double golden = comparand.reference(i);
            double error = comparand.finite(i) ? Math.abs(comparand.actual(i) - golden) : Double.POSITIVE_INFINITY;
            mismatched += error <= tolerance.allowed(golden) ? 0 : 1;
            double ulps = comparand.finite(i) ? ULPS * dtype.ulp(golden) : 0;
            largest = Math.max(largest, error / Math.max(limit, ulps));
        }
        double share = (double) mismatched / comparand.size();
        return Outcome.atMost(Math.max(share / MISMATCHES, largest), 1);
    }
}
