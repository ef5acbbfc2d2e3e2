package dev.assay.engine.training;

import dev.assay.tensor.TensorSpec;

/// A tensor of a training step.
///
/// @param name unique in the tape
/// @param role who writes it
/// @param lies slot in whose memory it lies: its own, unless it is a view
record Slot(String name, TensorSpec spec, Role role, String lies) {
    enum Role {
        /// Carried from step to step: read under its name, written under [#next].
        STATE,
        /// Written by the harness before each step.
        DATA,
        /// Written by the harness once.
        FIXED,
        /// Written by a call of the step.
        WORK,
        /// Another shape of a slot.
        VIEW
    }

    /// Under which a step writes the new value of a state.
    static String next(String state) {
        return state + "'";
    }
}
