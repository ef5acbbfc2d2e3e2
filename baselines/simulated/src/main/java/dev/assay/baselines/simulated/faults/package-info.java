/// Bugs that real kernels have had, each of which the judge must find. One class each; [Faults] lists them.
@org.jspecify.annotations.NullMarked
package dev.assay.baselines.simulated.faults;
