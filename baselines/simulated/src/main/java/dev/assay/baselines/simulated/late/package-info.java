/// Bugs that no case of a single operator shows, for they need many launches: what a whole training is there to find.
@NullMarked
package dev.assay.baselines.simulated.late;

import org.jspecify.annotations.NullMarked;
