package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.tck.rules.Candidate.Look;

/// What outputs held before.
final class C19OutputsAreWritten extends RunRule {
    C19OutputsAreWritten() {
        super(
                "C19",
                "every element of every output is written, whatever it held before",
                "memory is not zero by itself, and an element that kept its old value may look right by chance",
                "outputs hold zeros, NaN and a large number before three runs, whose results must be right each time");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            int looked = 0;
            for (Example example : candidate.few(backend)) {
                Look look = candidate.look(backend, example);
                if (look.state() == Look.State.NOT_WRITTEN) {
                    throw Found.violation(
                            look.told(), example.id(), "write the whole output, and read nothing of it before");
                }
                looked += look.state() == Look.State.RIGHT ? 1 : 0;
            }
            if (looked == 0) {
                throw Found.notApplicable("no call that was tried runs rightly, see C06, C09, C13, C18");
            }
            return Candidate.calls(looked);
        }
    }
}
