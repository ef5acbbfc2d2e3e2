/// Times what has been proved.
///
/// Start at [CaseTimer], which runs inside a worker; [TimingSummary] makes rows of the samples of all rounds.
@org.jspecify.annotations.NullMarked
package dev.assay.engine.timing;
