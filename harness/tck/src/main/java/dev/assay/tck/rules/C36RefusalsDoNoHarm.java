package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.tck.rules.Rig.Place;

/// What comes after a refusal.
final class C36RefusalsDoNoHarm extends RunRule {
    C36RefusalsDoNoHarm() {
        super(
                "C36",
                "a call that `prepare()` refuses leaves the backend usable, and kernels that are open too",
                "a suite goes on after `unsupported`",
                "an unknown operator is prepared while a kernel is open; then that kernel is run, and a new one");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            Example example = candidate.running(backend).getFirst();
            String fix = "leave nothing half done when a call is refused";
            candidate.at(example.id());
            try (Rig open = Rig.prepare(backend, example, Place.PAGE)) {
                refuse(backend);
                candidate.mustBeRight(backend, example, open.run(), "after a call was refused", fix);
            }
            candidate.mustRun(backend, example, "after a call was refused", fix);
            return new Outcome.Ok("2 kernels");
        }
    }

    /// How it is refused is the business of C08 and C10.
    private static void refuse(Backend backend) {
        try {
            backend.prepare(UnknownCall.CALL).close();
        } catch (RuntimeException e) {
            return;
        }
        throw Found.notApplicable("an unknown operator is not refused by prepare(), see C08 and C10");
    }
}
