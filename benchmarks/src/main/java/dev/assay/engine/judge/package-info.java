/// Benchmarks of what the judge keeps to itself.
@NullMarked
package dev.assay.engine.judge;

import org.jspecify.annotations.NullMarked;
