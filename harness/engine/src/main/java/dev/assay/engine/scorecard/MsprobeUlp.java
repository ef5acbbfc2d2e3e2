package dev.assay.engine.scorecard;

import dev.assay.tensor.DType;
import java.util.function.IntToDoubleFunction;

/// msprobe's rule for matrix products, in ulps of the golden value.
///
/// - fp16, bf16: fewer than 0.1 % of the elements are off by more than 1 ulp
/// - fp32: the mean is below 64 ulps, or fewer than 5 % are off by more than 32
/// - or, in any case, a smaller share is than with the other implementation (see [LowPrecision])
///
/// The measure is the share. A NaN counts as no error in the share and shows in the mean alone, which must be a number
/// unless the other implementation's is none either.
record MsprobeUlp() implements Criterion {
    private static final double NARROW_SHARE = 1e-3;
    private static final double WIDE_SHARE = 0.05;
    private static final double WIDE_MEAN = 64;
    private static final double NARROW_FLOOR_F16 = 0x1p-11;
    private static final double NARROW_FLOOR_BF16 = 0x1p-8;
    private static final double WIDE_FLOOR = 0x1p-14;

    private record Ulps(double mean, double share) {}

    @Override
    public String id() {
        return "msprobe-ulp";
    }

    @Override
    public String source() {
        return Msprobe.SOURCE + "precision_standard/ulp_compare.py and standard_config.py";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        DType dtype = comparand.dtype();
        if (!Msprobe.covers(dtype)) {
            return Outcome.notApplicable("no rule for " + dtype);
        }
        if (comparand.benchmark().isEmpty()) {
            return Outcome.notApplicable("no low-precision reference");
        }
        double[] benchmark = comparand.benchmark().get();
        boolean wide = dtype == DType.F32;
        double limit = wide ? WIDE_SHARE : NARROW_SHARE;
        Ulps ours = ulps(comparand, comparand::actual, wide ? 32 : 1);
        Ulps other = ulps(comparand, i -> benchmark[i], wide ? 32 : 1);
        if (!Double.isFinite(ours.mean()) || !Double.isFinite(other.mean())) {
            boolean alike = Double.compare(ours.mean(), other.mean()) == 0;
            return Outcome.of(alike && ours.share() < limit, ours.share(), limit);
        }
        double floor = wide ? WIDE_FLOOR : dtype == DType.F16 ? NARROW_FLOOR_F16 : NARROW_FLOOR_BF16;
        boolean passes = (wide && ours.mean() < WIDE_MEAN)
                || ours.share() < limit
                || ours.share() / Math.max(other.share(), floor) < 1;
        return Outcome.of(passes, ours.share(), limit);
    }

    private static Ulps ulps(Comparand comparand, IntToDoubleFunction values, double threshold) {
        double sum = 0;
        int beyond = 0;
        for (int i = 0; i < comparand.size(); i++) {
            double golden = comparand.reference(i);
            double unit = Double.isFinite(golden) ? comparand.dtype().ulp(golden) : Double.NaN;
            double error = Math.abs(values.applyAsDouble(i) - golden) / unit;
            sum += error;
            beyond += error > threshold ? 1 : 0;
        }
        return new Ulps(sum / comparand.size(), (double) beyond / comparand.size());
    }
}
