package dev.assay.backend;

import java.util.Arrays;

/// Durations of single runs.
public final class Timing {
    /// Who held the watch.
    public enum Clock {
        /// The process that runs the kernel, around each run.
        WORKER,
        /// Events on the device.
        DEVICE,
        /// Nobody: a model of a device that does not exist.
        MODELLED
    }

    private final long[] nanos;
    private final Clock clock;

    /// @param nanos one entry per run
    public Timing(long[] nanos, Clock clock) {
        this.nanos = nanos.clone();
        this.clock = clock;
    }

    public long[] nanos() {
        return nanos.clone();
    }

    public Clock clock() {
        return clock;
    }

    @Override
    public String toString() {
        return clock + " " + Arrays.toString(nanos);
    }
}
