/// The rules of the plugin interface, one class each, and what they look at a backend with.
///
/// Start at [Rule] and [Rules]. A [Candidate] is a backend under test, an [Example] a call with data to run, a
/// [Rig] one kernel with its tensors in device memory. Rules use the plugin interface as a run does; whether a
/// result is right is asked of the judge.
@org.jspecify.annotations.NullMarked
package dev.assay.tck.rules;
