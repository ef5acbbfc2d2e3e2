/// The store: whether results are whole, joining the shards of a run, publishing a run for review.
///
/// Start at [Verification]; [Merge] and [Publication] take only what it finds no fault with. The formats stand in
/// `docs/results.md`.
@org.jspecify.annotations.NullMarked
package dev.assay.results.store;
