package dev.assay.results;

import org.jspecify.annotations.Nullable;

/// One timed case: a row of `timing.csv`. The components, in order, are the columns. Only a case whose output passed,
/// before and after, has one.
///
/// @param metric what was timed: `run` is one execution of the kernel, complete on the device
/// @param unit of min to ciHigh
/// @param mode `measured`, or `modelled` for a device that does not exist
/// @param clock who held the watch: `jmh`, `worker`, `device` or `modelled`
/// @param rounds fresh processes
/// @param iterations samples per round
/// @param samples in all
/// @param min smallest sample; p50 to p99 percentiles by linear interpolation between order statistics
/// @param ciLow lower end of a distribution-free confidence interval of the median (order statistics)
/// @param ciLevel level that it really has
/// @param roundCvPct coefficient of variation of the rounds' medians
/// @param prepareNs time of `Backend.prepare`
/// @param flops and bytes that any implementation must spend
/// @param intensity flops per byte
/// @param rooflinePct share of what the declared peaks allow at this intensity
/// @param quality remarks joined by `;`, or `ok`
public record TimingRow(
        String suite,
        String caseId,
        String caseHash,
        long seed,
        String backend,
        String backendOptions,
        String device,
        String metric,
        String unit,
        String mode,
        String clock,
        int rounds,
        int iterations,
        int samples,
        double min,
        double p50,
        double p90,
        double p99,
        double max,
        double mean,
        @Nullable Double ciLow,
        @Nullable Double ciHigh,
        @Nullable Double ciLevel,
        @Nullable Double roundCvPct,
        long prepareNs,
        double flops,
        double bytes,
        double gflopsPerS,
        double gbPerS,
        double intensity,
        @Nullable Double rooflinePct,
        String quality)
        implements Keyed {

    @Override
    public RowKey key() {
        return new RowKey(suite, caseId, seed, backend, backendOptions);
    }

    @Override
    public String part() {
        return metric + "/" + mode + "/" + clock;
    }
}
