package dev.assay.engine.timing;

import com.fasterxml.jackson.annotation.JsonCreator;

/// One measurement.
///
/// @param metric [#RUN] or [#RUN_COLD]
/// @param clock `jmh`, `worker`, `device` or `modelled`
/// @param round fresh process, from 0
/// @param iteration within the round, from 0
/// @param ops executions that it is the mean of
/// @param nanos per execution
public record Sample(String metric, String clock, int round, int iteration, long ops, double nanos) {
    /// One execution of the kernel after others, complete on the device.
    public static final String RUN = "run";
    /// The same with other data in the caches.
    public static final String RUN_COLD = "run_cold";

    @JsonCreator
    public Sample {}

    /// A sample of a kernel that ran before.
    public Sample(String clock, int round, int iteration, long ops, double nanos) {
        this(RUN, clock, round, iteration, ops, nanos);
    }
}
