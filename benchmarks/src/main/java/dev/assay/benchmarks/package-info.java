/// The claims about speed and what they are measured against. Start with [Ratios], which runs all of them.
@NullMarked
package dev.assay.benchmarks;

import org.jspecify.annotations.NullMarked;
