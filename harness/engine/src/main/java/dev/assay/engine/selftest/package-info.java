/// Judges the judge: kernels with planted faults must be found wrong, right ones must not.
///
/// Start at [Selftest]. [Grid] says on what, [Specimen] is a device with one deviation switched on, [Score] says how
/// good the judge is. Only this package reads what a backend tells about its deviations.
@org.jspecify.annotations.NullMarked
package dev.assay.engine.selftest;
