package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.tck.rules.Rig.Garbage;
import dev.assay.tck.rules.Rig.Place;
import org.jspecify.annotations.Nullable;

/// Backends that are open at the same time.
final class C29TwoBackends extends RunRule {
    private static final String FIX = "let each backend have what it needs, or refuse the second open";

    C29TwoBackends() {
        super(
                "C29",
                "a backend can be opened twice at the same time, or says clearly that it cannot",
                "two threads, or two suites, may each have one; state that they share without knowing spoils both",
                "kernels of the first are run while a second is open, after it was used and after it was closed, and"
                        + " one of the second");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend first = candidate.open()) {
            Example example = candidate.running(first).getFirst();
            candidate.at(example.id());
            @Nullable Backend second;
            try (Rig before = Rig.prepare(first, example, Place.PAGE)) {
                second = second(candidate);
                try {
                    mustBeRight(candidate, first, example, before, "with a second backend open");
                } catch (Found e) {
                    close(second);
                    throw e;
                }
            }
            if (second == null) {
                candidate.mustRun(first, example, "after a second open was refused", FIX);
                return new Outcome.Ok("a second one is refused, and the first works on");
            }
            try (second) {
                candidate.mustRun(second, example, "on the second of two backends", FIX);
                candidate.mustRun(first, example, "after a second backend was used", FIX);
            }
            candidate.mustRun(first, example, "after a second backend was closed", FIX);
            return new Outcome.Ok("2 backends");
        }
    }

    private static void close(@Nullable Backend backend) {
        if (backend != null) {
            backend.close();
        }
    }

    private static @Nullable Backend second(Candidate candidate) {
        try {
            return candidate.provider().open(candidate.options());
        } catch (RuntimeException e) {
            if (Thrown.isSilent(e)) {
                throw Found.violation(
                        "a second open is refused with " + e,
                        "open()",
                        "say that only one can be open at a time, or share what there is one of");
            }
            return null;
        }
    }

    private static void mustBeRight(Candidate candidate, Backend backend, Example example, Rig rig, String when) {
        try {
            rig.arm(Garbage.NAN, Garbage.ZERO);
            candidate.mustBeRight(backend, example, rig.run(), when, FIX);
        } catch (Found e) {
            throw e;
        } catch (RuntimeException e) {
            throw Found.violation(when + ", it " + Thrown.told(e), example.id(), FIX);
        }
    }
}
