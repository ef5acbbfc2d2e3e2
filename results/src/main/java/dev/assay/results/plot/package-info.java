/// What plots are made of: scales, SVG, dots on a terminal.
@NullMarked
package dev.assay.results.plot;

import org.jspecify.annotations.NullMarked;
