package dev.assay.engine.selftest;

import dev.assay.engine.judge.Trial;
import java.util.Map;

/// Published criteria to which the judge is compared: each says of the same outputs whether it objects.
@FunctionalInterface
public interface Criteria {
    /// Whether each criterion objects to what a kernel returned for the inputs of a case; those that say nothing
    /// about it are missing. Called from several threads.
    Map<String, Boolean> objections(Trial trial);

    /// None.
    Criteria NONE = trial -> Map.of();
}
