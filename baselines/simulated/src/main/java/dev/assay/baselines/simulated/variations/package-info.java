/// Ways in which right kernels differ, none of which the judge may object to. One class each; [Variations] lists them.
@org.jspecify.annotations.NullMarked
package dev.assay.baselines.simulated.variations;
