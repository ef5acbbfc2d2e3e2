package dev.assay.engine.run;

import dev.assay.results.CaseRow;

/// Told what happens while a run goes on, for people who wait.
public interface RunListener {
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

    /// Something that a person should know.
    default void note(String text) {}

    /// Listens to nothing.
    RunListener SILENT = new RunListener() {};
}
