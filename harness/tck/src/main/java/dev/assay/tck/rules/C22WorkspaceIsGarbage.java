package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Kernel;
import dev.assay.tck.rules.Candidate.Look;
import dev.assay.tck.rules.Rig.Garbage;
import dev.assay.tck.rules.Rig.Place;
import java.util.List;

/// What the workspace holds.
final class C22WorkspaceIsGarbage extends RunRule {
    private static final int MOST = 6;

    C22WorkspaceIsGarbage() {
        super(
                "C22",
                "results do not depend on what the workspace holds before a run",
                "it is scratch memory: the last kernel's numbers are in it",
                "of " + Candidate.MANY + " kernels, up to " + MOST
                        + " that ask for a workspace are run with zeros, with all bits set and with other garbage in"
                        + " it");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            List<Example> users = Candidate.varied(candidate.everyday(backend), Candidate.MANY).stream()
                    .filter(example -> asksForSome(backend, example))
                    .limit(MOST)
                    .filter(example -> candidate.look(backend, example).state() == Look.State.RIGHT)
                    .toList();
            if (users.isEmpty()) {
                throw Found.notApplicable("no kernel that was tried asks for a workspace and runs rightly");
            }
            for (Example example : users) {
                candidate.at(example.id());
                for (Garbage garbage : Garbage.values()) {
                    try (Rig rig = Rig.prepare(backend, example, Place.PAGE)) {
                        rig.arm(Garbage.NAN, garbage);
                        candidate.mustBeRight(
                                backend,
                                example,
                                rig.run(),
                                "with " + word(garbage) + " in the workspace",
                                "write every byte of the workspace before it is read, in every run");
                    }
                }
            }
            return Candidate.calls(users.size());
        }
    }

    private static boolean asksForSome(Backend backend, Example example) {
        try (Kernel kernel = backend.prepare(example.call())) {
            return kernel.workspaceBytes() > 0;
        } catch (RuntimeException | Error e) {
            // The business of C09.
            return false;
        }
    }

    private static String word(Garbage garbage) {
        return switch (garbage) {
            case ZERO -> "zeros";
            case NAN -> "all bits set";
            case FINITE -> "garbage";
        };
    }
}
