/// What databases do for results, and the answers they give. The optional module `results/database` does it.
///
/// Start at [RunDatabase].
@NullMarked
package dev.assay.results.sql;

import org.jspecify.annotations.NullMarked;
