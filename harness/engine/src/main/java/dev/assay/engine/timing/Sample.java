package dev.assay.engine.timing;

/// One measurement.
///
/// @param clock `jmh`, `worker`, `device` or `modelled`
/// @param round fresh process, from 0
/// @param iteration within the round, from 0
/// @param ops executions that it is the mean of
/// @param nanos per execution
public record Sample(String clock, int round, int iteration, long ops, double nanos) {}
