package dev.assay.engine.scorecard;

import dev.assay.tensor.DType;
import java.util.Map;

/// msprobe's absolute threshold with a domain of small values: where the golden value is small, the absolute error is
/// limited, elsewhere the relative one; the share of elements beyond either must be 0, which the measure is.
///
/// Infinities are clipped to the largest finite value and then compared relative to the golden value; where that is
/// infinite itself, any finite answer passes. The constants are those of the code; 1e-16 for bf16 reads like 2^-16,
/// which msprobe's documents have. msprobe asks this of elementwise functions.
record MsprobeThreshold() implements Criterion {
    private record Constants(double small, double atol, double rtol, double largest) {}

    private static final Map<DType, Constants> CONSTANTS = Map.of(
            DType.F16,
            new Constants(0x1p-10, 0x1p-16, 0x1p-10, 65504),
            DType.BF16,
            new Constants(0x1p-10, 1e-16, 0x1p-8, 3.3895313892515355e38),
            DType.F32,
            new Constants(0x1p-20, 0x1p-30, 0x1p-20, Float.MAX_VALUE));

    @Override
    public String id() {
        return "msprobe-threshold";
    }

    @Override
    public String source() {
        return Msprobe.SOURCE + "precision_standard/absolute_threshold.py and standard_config.py";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        DType dtype = comparand.dtype();
        Constants constants = CONSTANTS.get(dtype);
        if (constants == null) {
            return Outcome.notApplicable("no threshold for " + dtype);
        }
        int bad = 0;
        for (int i = 0; i < comparand.size(); i++) {
            bad += accepts(comparand, constants, i) ? 0 : 1;
        }
        return Outcome.atMost((double) bad / comparand.size(), 0);
    }

    private static boolean accepts(Comparand comparand, Constants constants, int i) {
        double golden = comparand.reference(i);
        double actual = comparand.actual(i);
        if (!comparand.finite(i)) {
            double expected = comparand.rounded(i);
            if (Double.isNaN(actual) && Double.isNaN(expected)) {
                return true;
            }
            double error = Math.abs(clipped(actual, constants) - clipped(expected, constants));
            return Msprobe.relative(comparand.dtype(), error, golden) <= constants.rtol();
        }
        double error = Math.abs(actual - golden);
        return Math.abs(golden) <= constants.small()
                ? error <= constants.atol()
                : Msprobe.relative(comparand.dtype(), error, golden) <= constants.rtol();
    }

    private static double clipped(double value, Constants constants) {
        return Math.max(-constants.largest(), Math.min(constants.largest(), value));
    }
}
