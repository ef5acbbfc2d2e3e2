package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Support;

/// Operators that are newer than the plugin.
final class C08UnknownOperators extends Rule {
    C08UnknownOperators() {
        super(
                "C08",
                "an operator that the plugin does not know is refused",
                "the catalogue grows: a plugin meets operators that are newer than itself",
                "`supports()` is asked a call of `no_such_operator`, whose operands have names that it does not"
                        + " expect");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            candidate.at("supports() of " + UnknownCall.CALL);
            if (!(backend.supports(UnknownCall.CALL) instanceof Support.No)) {
                throw Found.violation(
                        "supports() does not refuse it",
                        UnknownCall.CALL.toString(),
                        "look at the operator's name first, and refuse what is not in your list");
            }
            return Candidate.calls(1);
        }
    }
}
