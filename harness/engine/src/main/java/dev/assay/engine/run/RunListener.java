package dev.assay.engine.run;

import dev.assay.results.CaseRow;
import dev.assay.results.PlanFile.BackendRef;
import java.util.Map;

/// Told what happens while a run goes on, for people who wait.
public interface RunListener {
    /// A backend is open for the first time in this run.
    ///
    /// @param facts what it told about itself
    default void opened(BackendRef backend, Map<String, String> facts) {}

    /// A stretch of work begins.
    ///
    /// @param name such as `verify` or `time`
    /// @param steps how many cases it has
    /// @param estimateMs how long it is expected to take; 0 if unknown
    default void phase(String name, int steps, double estimateMs) {}

    /// One step of the phase is done.
    ///
    /// @param what the case and its backend
    /// @param estimateMs the share of the phase's estimate that it stood for
    default void step(String what, double estimateMs) {}

    /// A row is final, unless timing changes it.
    default void row(CaseRow row) {}

    /// Listens to nothing.
    RunListener SILENT = new RunListener() {};
}
