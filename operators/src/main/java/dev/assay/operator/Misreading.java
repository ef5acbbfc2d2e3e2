package dev.assay.operator;

import dev.assay.backend.Call;
import java.util.Optional;

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
/// @param by the operator that evaluates it, if it is not the one that the call names
public record Misreading(
        String cause, String sentence, Call call, Inputs inputs, double factor, Optional<Operator> by) {

    /// A reading by the operator of its call.
    public Misreading(String cause, String sentence, Call call, Inputs inputs, double factor) {
        this(cause, sentence, call, inputs, factor, Optional.empty());
    }

    /// The same by a variant of an operator that no catalogue has.
    public Misreading by(Operator variant) {
        return new Misreading(cause, sentence, call, inputs, factor, Optional.of(variant));
    }
}
