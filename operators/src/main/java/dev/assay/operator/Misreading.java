package dev.assay.operator;

import dev.assay.backend.Call;

/// A plausible wrong reading of an operator: a call on inputs whose right result is what the misreading gives for the
/// original ones. It serves to name the cause of a wrong output.
///
/// The call need not be one that a backend would be asked: its inputs may have another dtype.
///
/// @param cause code of the diagnosis, such as `epsilon`
/// @param sentence what a kernel does that reads it this way: `epsilon is added outside the square root`
/// @param call whose reference is evaluated
/// @param inputs of that call
/// @param factor by which its outputs are multiplied, 1 for none
public record Misreading(String cause, String sentence, Call call, Inputs inputs, double factor) {}
