/// How the times of a case went over many runs: series, change points, plots.
///
/// Start at [History] and [ChangePoints]. Uses tables and run folders of `dev.assay.results`, and nothing
/// else.
@NullMarked
package dev.assay.results.history;

import org.jspecify.annotations.NullMarked;
