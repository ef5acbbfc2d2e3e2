package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.tck.rules.Rig.Garbage;
import dev.assay.tck.rules.Rig.Place;
import java.util.ArrayList;
import java.util.List;

/// Kernels that are open at the same time.
final class C28TwoKernels extends RunRule {
    private static final int MOST = 4;

    C28TwoKernels() {
        super(
                "C28",
                "kernels that are prepared at the same time do not disturb each other",
                "a model holds all its kernels at once",
                "kernels of up to four calls are prepared one after the other, and then run one after the other");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            List<Example> some = new ArrayList<>(candidate.running(backend));
            Example again = some.getFirst();
            some = new ArrayList<>(some.subList(0, Math.min(MOST, some.size())));
            if (some.size() == 1) {
                some.add(again);
            }
            List<Rig> rigs = new ArrayList<>();
            try {
                for (Example example : some) {
                    candidate.at(example.id());
                    rigs.add(Rig.prepare(backend, example, Place.PAGE));
                }
                for (int i = 0; i < rigs.size(); i++) {
                    candidate.at(some.get(i).id());
                    rigs.get(i).arm(Garbage.NAN, Garbage.ZERO);
                    candidate.mustBeRight(
                            backend,
                            some.get(i),
                            rigs.get(i).run(),
                            "with " + Candidate.count(rigs.size() - 1, "other kernel") + " open",
                            "keep what a kernel needs in the kernel, not in the backend");
                }
            } finally {
                rigs.forEach(Rig::close);
            }
            return new Outcome.Ok(Candidate.count(some.size(), "kernel"));
        }
    }
}
