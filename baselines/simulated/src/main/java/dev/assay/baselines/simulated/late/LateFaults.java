package dev.assay.baselines.simulated.late;

import dev.assay.baselines.simulated.Deviation;
import java.util.List;

/// All of them.
public final class LateFaults {
    public static final List<Deviation> ALL = List.of(new DropoutEnds(), new LaunchLost(), new SumsNotAwaited());

    private LateFaults() {}
}
