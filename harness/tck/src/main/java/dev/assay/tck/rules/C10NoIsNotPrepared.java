package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Kernel;
import dev.assay.backend.UnsupportedCallException;
import java.util.List;

/// What is refused is not prepared.
final class C10NoIsNotPrepared extends Rule {
    C10NoIsNotPrepared() {
        super(
                "C10",
                "what `supports()` refuses, `prepare()` refuses with an UnsupportedCallException that says why",
                "support that depends on who is asked is support that nobody can plan with",
                "up to " + Candidate.MANY + " refused calls of many operators and types are prepared");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            List<Example> supported = candidate.supported(backend);
            List<Example> some = Candidate.varied(
                    candidate.examples().stream()
                            .filter(example -> example.isSmall() && !supported.contains(example))
                            .toList(),
                    Candidate.MANY);
            if (some.isEmpty()) {
                throw Found.notApplicable("it refuses none of the small calls of these suites");
            }
            for (Example example : some) {
                mustRefuse(candidate, backend, example);
            }
            return Candidate.calls(some.size());
        }
    }

    private static void mustRefuse(Candidate candidate, Backend backend, Example example) {
        candidate.at("prepare() of " + example.id());
        try (Kernel kernel = backend.prepare(example.call())) {
            throw Found.violation(
                    "supports() refuses, and prepare() answers a "
                            + kernel.getClass().getSimpleName(),
                    example.id(),
                    "let prepare() ask supports() first");
        } catch (UnsupportedCallException e) {
            if (Thrown.isSilent(e)) {
                throw Found.violation("prepare() refuses without a reason", example.id(), "say what is not supported");
            }
        }
    }
}
