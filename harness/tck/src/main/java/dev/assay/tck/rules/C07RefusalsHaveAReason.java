package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Support;

/// How calls are refused.
final class C07RefusalsHaveAReason extends Rule {
    C07RefusalsHaveAReason() {
        super(
                "C07",
                "`supports()` answers yes, or no with a reason, whatever it is asked",
                "a row `unsupported` without a reason helps nobody, and one exception would be an `error` for each"
                        + " call",
                "`supports()` is asked every call of the suites");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            int refused = 0;
            for (Example example : candidate.examples()) {
                candidate.at("supports() of " + example.id());
                Support support = backend.supports(example.call());
                if (Candidate.isNull(support)) {
                    throw Found.violation("supports() answers null", example.id(), "answer yes, or no with a reason");
                }
                if (support instanceof Support.No(String reason)) {
                    refused++;
                    if (Candidate.isNull(reason) || reason.isBlank()) {
                        throw Found.violation(
                                "the call is refused without a reason", example.id(), "say what is not supported");
                    }
                }
            }
            return new Outcome.Ok(
                    refused + " of " + Candidate.count(candidate.examples().size(), "call") + " refused");
        }
    }
}
