package dev.assay.tck.rules;

import dev.assay.tck.rules.Rig.Garbage;
import dev.assay.tck.rules.Rig.Place;

/// What is written besides the outputs.
final class C21NothingElseIsWritten extends RunRule {
    C21NothingElseIsWritten() {
        super(
                "C21",
                "a run writes nothing outside its outputs and its workspace",
                "the bytes beside a tensor belong to another one",
                "every tensor and the workspace lie between zones with a pattern, which must be there after a run");
    }

    @Override
    Outcome look(Candidate candidate) {
        return candidate.each((backend, example) -> {
            try (Rig rig = Rig.prepare(backend, example, Place.PAGE)) {
                rig.arm(Garbage.NAN, Garbage.ZERO);
                rig.launch().run();
                return rig.damage()
                        .map(what -> Found.violation(
                                what, example.id(), "mind the last tile, and ask for the workspace that is used"));
            }
        });
    }
}
