package dev.assay.engine.scorecard;

import dev.assay.engine.scorecard.AllClose.Tolerance;
import dev.assay.tensor.DType;
import java.util.Map;

/// DIOPI: `numpy.isclose` with NaN equal to NaN, and up to a thousandth of the elements may be anything at all.
///
/// The tolerances are the defaults of its test cases; cases loosen them further, up to `atol_half = 1e2`. NumPy has no
/// bf16, and neither has the rule.
record Diopi() implements Criterion {
    private static final double MISMATCH_RATIO = 1e-3;
    private static final Tolerance WIDE = new Tolerance(1e-5, 1e-5);
    private static final Map<DType, Tolerance> TOLERANCES =
            Map.of(DType.F64, WIDE, DType.F32, WIDE, DType.F16, new Tolerance(5e-2, 1e-2));

    @Override
    public String id() {
        return "diopi";
    }

    @Override
    public String source() {
        return "DIOPI diopi_test/python/conformance/check_result.py at 032b2c83, defaults of its generated cases";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        Tolerance tolerance = TOLERANCES.get(comparand.dtype());
        if (tolerance == null) {
            return Outcome.notApplicable("no tolerance for " + comparand.dtype());
        }
        int mismatched = 0;
        for (int i = 0; i < comparand.size(); i++) {
            boolean close = AllClose.excess(comparand.actual(i), comparand.rounded(i), tolerance, true) <= 1;
            mismatched += close ? 0 : 1;
        }
        boolean passes = mismatched <= MISMATCH_RATIO * comparand.size();
        return Outcome.of(passes, (double) mismatched / comparand.size(), MISMATCH_RATIO);
    }
}
