/// A run that passed its gate as one signed archive, and the check of one.
///
/// Start at [Certificate]. A signature proves who made an archive and that nobody changed it since, not that its maker
/// was honest.
@org.jspecify.annotations.NullMarked
package dev.assay.results.certify;
