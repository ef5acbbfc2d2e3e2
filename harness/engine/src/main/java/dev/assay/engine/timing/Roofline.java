package dev.assay.engine.timing;

import dev.assay.engine.plan.MeasuredPeaks;
import dev.assay.engine.timing.TimingSummary.Peaks;
import dev.assay.operator.Cost;
import dev.assay.tensor.DType;
import java.util.Optional;
import java.util.OptionalDouble;

/// The shortest time that peaks of arithmetic and memory allow (Williams, Waterman and Patterson 2009).
///
/// @param flops peak per second, 0 if unknown
/// @param bandwidth bytes per second, 0 if unknown
/// @param cached bytes of data that a measured bandwidth does not bound, because a cache may hold them
/// @param slackPct by how much a time may beat the peaks before it is not believed: 0 for declared ones, which are
///     promises, the noise of the calibration for measured ones
record Roofline(double flops, double bandwidth, double cached, double slackPct) {

    /// Of what the device declares, and what was measured where it declares nothing.
    static Roofline of(Peaks declared, Optional<MeasuredPeaks> measured, DType dtype, double cacheBytes) {
        double flops = declared.peakFlops();
        double bandwidth = declared.bandwidth();
        double cached = 0;
        double slack = 0;
        if (measured.isPresent()) {
            MeasuredPeaks seen = measured.get();
            if (flops <= 0) {
                flops = seen.flopsPerSecond().getOrDefault(dtype.toString(), 0.0);
                slack = seen.noisePct();
            }
            if (bandwidth <= 0) {
                bandwidth = seen.bytesPerSecond();
                cached = cacheBytes;
                slack = seen.noisePct();
            }
        }
        return new Roofline(flops, bandwidth, cached, slack);
    }

    /// Per cent of what is possible at this intensity; empty if nothing is known that bounds the time.
    ///
    /// @param tensorBytes of all tensors
    /// @param cold whether the caches held other data
    OptionalDouble percent(Cost cost, double tensorBytes, boolean cold, double seconds) {
        double byFlops = flops > 0 ? cost.flops() / flops : 0;
        double byBytes = bandwidth > 0 ? cost.bytes() / bandwidth : 0;
        double least = Math.max(byFlops, byBytes);
        boolean fromCache = !cold && tensorBytes <= cached && byBytes > byFlops;
        return least == 0 || fromCache ? OptionalDouble.empty() : OptionalDouble.of(100 * least / seconds);
    }

    boolean isBeaten(OptionalDouble percent) {
        return percent.orElse(0) > 100 + slackPct;
    }
}
