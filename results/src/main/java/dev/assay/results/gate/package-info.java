/// Whether a run may be released: what a policy demands, what is waived, which baseline it is held against.
///
/// Start at [Gate]. Everything here is read strictly and decides nothing silently; verdicts in rows stay as they are.
@org.jspecify.annotations.NullMarked
package dev.assay.results.gate;
