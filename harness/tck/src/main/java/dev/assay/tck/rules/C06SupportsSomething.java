package dev.assay.tck.rules;

import dev.assay.backend.Backend;

/// Whether there is anything to check.
final class C06SupportsSomething extends Rule {
    C06SupportsSomething() {
        super(
                "C06",
                "at least one call of the suites is supported",
                "a backend that refuses everything breaks no other rule",
                "`supports()` is asked every call of the suites that were named, or of all that come with Assay");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            int supported = candidate.supported(backend).size();
            int asked = candidate.examples().size();
            if (supported == 0) {
                throw Found.violation(
                        "none of " + asked + " calls is supported",
                        "supports()",
                        "support one call of these suites, or name a suite that holds one");
            }
            return new Outcome.Ok(supported + " of " + Candidate.count(asked, "call") + " supported");
        }
    }
}
