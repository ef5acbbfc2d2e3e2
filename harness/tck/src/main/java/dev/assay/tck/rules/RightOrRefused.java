package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.tck.rules.Rig.Garbage;
import dev.assay.tck.rules.Rig.Place;
import java.util.List;
import java.util.Optional;

/// Calls that a backend may refuse, but not get wrong.
final class RightOrRefused {
    private RightOrRefused() {}

    /// @param what these calls have in common, for a rule without any
    /// @param fix what to do about a wrong result
    static Outcome check(Candidate candidate, Backend backend, List<Example> examples, String what, String fix) {
        if (examples.isEmpty()) {
            throw Found.notApplicable("no call of these suites that runs rightly can be asked with " + what);
        }
        int right = 0;
        for (Example example : examples) {
            candidate.at("supports() of " + example.id());
            Support support = backend.supports(example.call());
            candidate.at(example.id());
            if (support instanceof Support.Yes) {
                mustBeRight(candidate, backend, example, fix);
                right++;
            } else {
                mustBeRefused(backend, example);
            }
        }
        return new Outcome.Ok(right + " right, " + (examples.size() - right) + " refused of "
                + Candidate.count(examples.size(), "call"));
    }

    private static void mustBeRight(Candidate candidate, Backend backend, Example example, String fix) {
        try (Rig rig = Rig.prepare(backend, example, Place.PAGE)) {
            rig.arm(Garbage.NAN, Garbage.ZERO);
            candidate.mustBeRight(backend, example, rig.run(), "supported", fix);
            // Elsewhere it is the business of C21.
            Optional<String> damage = example.isEmpty() ? rig.damage() : Optional.empty();
            if (damage.isPresent()) {
                throw Found.violation("supported, " + damage.get(), example.id(), fix);
            }
        }
    }

    private static void mustBeRefused(Backend backend, Example example) {
        try {
            backend.prepare(example.call()).close();
        } catch (UnsupportedCallException e) {
            return;
        }
        throw Found.violation(
                "supports() refuses, and prepare() does not", example.id(), "let prepare() ask supports() first");
    }
}
