package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.tck.rules.Candidate.Look;
import java.util.List;

/// Whether results are right where nothing is made difficult.
final class C18ResultsAreRight extends RunRule {
    C18ResultsAreRight() {
        super(
                "C18",
                "what is supported runs and gives results within the bounds of the declared contract",
                "it is what all the rest is for",
                "a few small calls of many operators and types are run once, in fresh memory, and judged element by"
                        + " element");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            int looked = 0;
            List<Example> few = candidate.few(backend);
            for (Example example : few) {
                Look look = candidate.look(backend, example);
                if (look.state() == Look.State.WRONG) {
                    throw Found.violation(
                            look.told(),
                            example.id(),
                            "compare with docs/semantics.md; `assay run SUITE --case ID` tells more");
                }
                looked += look.state() == Look.State.RIGHT ? 1 : 0;
            }
            if (looked == 0) {
                throw Found.notApplicable("no small call is supported, prepared and written, see C06, C09, C13, C19");
            }
            return Candidate.calls(looked);
        }
    }
}
