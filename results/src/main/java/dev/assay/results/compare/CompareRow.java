package dev.assay.results.compare;

import dev.assay.results.Keyed;
import dev.assay.results.RowKey;
import org.jspecify.annotations.Nullable;

/// What became of one case: a row of `compare.csv`. The components, in order, are the columns.
///
/// A row is about the time of a case by one clock, or, with the metric `verdict`, about its result. A
/// case whose result is as before has no row of the second kind. Empty means "there is none", never
/// zero.
///
/// @param suite to backendOptions: the key of the case in the candidate, or in the base if only that
///     has it
/// @param baseBackend backend of the base with its options, `id:key=value,...`
/// @param metric what was timed, such as `run`, or `verdict`
/// @param clock who held the watch: `jmh`, `worker`, `device` or `modelled`
/// @param unit of base and cand
/// @param design `paired`: round by round; `unpaired`; `exact`: a clock that always shows the same
/// @param baseRun id of the base's run
/// @param candRun id of the candidate's run
/// @param baseVerdict how the case ended in the base; empty if it is not there
/// @param candVerdict how it ended in the candidate
/// @param nBase rounds of the base that were used
/// @param nCand rounds of the candidate that were used
/// @param base median over its rounds of each round's smallest sample
/// @param cand the same of the candidate
/// @param ratio candidate to base, by the Hodges-Lehmann estimate; above 1 is slower
/// @param ratioLow lower end of its confidence interval
/// @param ratioHigh upper end
/// @param confidence level that the interval really has
/// @param p two-sided, exact, of no change
/// @param pAdjusted the same after Benjamini and Hochberg, over all times of this comparison
/// @param noiseFloorPct what two equal builds differ by on this machine, from its calibration
/// @param detectablePct smallest change that these rounds find in 80 % of tries
/// @param marginPct what a change must exceed: the policy's, or the noise floor if that is larger
/// @param driftPct what control kernels changed by between two runs that were not interleaved
/// @param stage 1, or 2 if the verdict comes from rounds measured afresh to confirm a regression
/// @param verdict what became of it
/// @param reason one sentence
public record CompareRow(
        String suite,
        String caseId,
        long seed,
        String backend,
        String backendOptions,
        String baseBackend,
        String metric,
        String clock,
        String unit,
        String design,
        String baseRun,
        String candRun,
        String baseVerdict,
        String candVerdict,
        @Nullable Integer nBase,
        @Nullable Integer nCand,
        @Nullable Double base,
        @Nullable Double cand,
        @Nullable Double ratio,
        @Nullable Double ratioLow,
        @Nullable Double ratioHigh,
        @Nullable Double confidence,
        @Nullable Double p,
        @Nullable Double pAdjusted,
        @Nullable Double noiseFloorPct,
        @Nullable Double detectablePct,
        @Nullable Double marginPct,
        @Nullable Double driftPct,
        int stage,
        Change verdict,
        String reason)
        implements Keyed {

    /// The metric of rows about results.
    public static final String VERDICT = "verdict";

    @Override
    public RowKey key() {
        return new RowKey(suite, caseId, seed, backend, backendOptions);
    }

    @Override
    public String part() {
        return metric + "/" + clock;
    }

    CompareRow withAdjusted(double value) {
        return new CompareRow(
                suite,
                caseId,
                seed,
                backend,
                backendOptions,
                baseBackend,
                metric,
                clock,
                unit,
                design,
                baseRun,
                candRun,
                baseVerdict,
                candVerdict,
                nBase,
                nCand,
                base,
                cand,
                ratio,
                ratioLow,
                ratioHigh,
                confidence,
                p,
                value,
                noiseFloorPct,
                detectablePct,
                marginPct,
                driftPct,
                stage,
                verdict,
                reason);
    }

    /// As decided at this stage, for this reason.
    CompareRow at(int number, String why) {
        return new CompareRow(
                suite,
                caseId,
                seed,
                backend,
                backendOptions,
                baseBackend,
                metric,
                clock,
                unit,
                design,
                baseRun,
                candRun,
                baseVerdict,
                candVerdict,
                nBase,
                nCand,
                base,
                cand,
                ratio,
                ratioLow,
                ratioHigh,
                confidence,
                p,
                pAdjusted,
                noiseFloorPct,
                detectablePct,
                marginPct,
                driftPct,
                number,
                verdict,
                why);
    }
}
