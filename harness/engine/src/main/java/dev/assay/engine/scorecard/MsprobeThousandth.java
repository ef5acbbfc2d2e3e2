package dev.assay.engine.scorecard;

/// msprobe's double thousandth (双千分之一): more than 99.9 % of the relative errors are below a thousandth.
///
/// A NaN counts as one bad element, also where it belongs; so does an infinity. A thousandth of the elements may be
/// anything. msprobe asks this of convolutions; it has no limit for bf16 of its own, whose rounding alone is larger.
record MsprobeThousandth() implements Criterion {
    private static final double THOUSANDTH = 1e-3;

    @Override
    public String id() {
        return "msprobe-thousandth";
    }

    @Override
    public String source() {
        return Msprobe.SOURCE + "compare/algorithm.py get_rel_err_ratio, precision_standard/thousandth_standard.py";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        if (!Msprobe.covers(comparand.dtype())) {
            return Outcome.notApplicable("no rule for " + comparand.dtype());
        }
        int good = 0;
        for (int i = 0; i < comparand.size(); i++) {
            double error = Math.abs(comparand.actual(i) - comparand.reference(i));
            good += Msprobe.relative(comparand.dtype(), error, comparand.reference(i)) < THOUSANDTH ? 1 : 0;
        }
        double share = (double) good / comparand.size();
        return Outcome.of(share > 1 - THOUSANDTH, share, 1 - THOUSANDTH);
    }
}
