/// Whether one run is better or worse than another.
///
/// Start at [Comparison]: two folders give one [CompareRow] for every case and clock, each with a
/// [Change]. The rules stand in `docs/comparison.md`; [Decision] is the one place where a number
/// becomes a word.
///
/// The unit of analysis is the round: one number for each, the smallest sample of a fresh process.
/// Samples of one process are not independent of each other and are never pooled. All arithmetic is on
/// logarithms of ratios.
@org.jspecify.annotations.NullMarked
package dev.assay.results.compare;
