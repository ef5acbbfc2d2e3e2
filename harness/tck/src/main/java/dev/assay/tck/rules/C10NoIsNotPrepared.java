package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Support;
import dev.assay.backend.UnsupportedCallException;
import java.util.List;

/// What is refused is not prepared.
final class C10NoIsNotPrepared extends Rule {
    C10NoIsNotPrepared() {
        super(
                "C10",
                "what `supports()` refuses, `prepare()` refuses with an UnsupportedCallException that says why",
                "support that depends on who is asked is support that nobody can plan with",
                "up to " + Candidate.MANY
                        + " refused calls of many operators and types are prepared, and one of an unknown operator");
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
            boolean knowsAll =
                    !(Candidate.support(backend, UnknownCall.CALL).orElse(Support.yes()) instanceof Support.No);
            if (some.isEmpty() && knowsAll) {
                throw Found.notApplicable("it refuses none of the small calls of these suites, and see C08");
            }
            for (Example example : some) {
                mustRefuse(candidate, backend, example.call(), example.id());
            }
            if (!knowsAll) {
                mustRefuse(candidate, backend, UnknownCall.CALL, UnknownCall.CALL.toString());
            }
            return Candidate.calls(some.size() + (knowsAll ? 0 : 1));
        }
    }

    private static void mustRefuse(Candidate candidate, Backend backend, Call call, String name) {
        candidate.at("prepare() of " + name);
        try (Kernel kernel = backend.prepare(call)) {
            throw Found.violation(
                    "supports() refuses, and prepare() answers a "
                            + kernel.getClass().getSimpleName(),
                    name,
                    "let prepare() ask supports() first");
        } catch (UnsupportedCallException e) {
            if (Thrown.isSilent(e)) {
                throw Found.violation("prepare() refuses without a reason", name, "say what is not supported");
            }
        }
    }
}
