package dev.assay.engine.judge;

import java.util.Optional;

/// One question about a trial, with its own code.
interface Layer {
    /// What it objects to; empty if nothing.
    Optional<Finding> check(Trial trial);
}
