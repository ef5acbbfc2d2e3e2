package dev.assay.tck.rules;

import dev.assay.tck.rules.Rig.Place;

/// What becomes of inputs.
final class C20InputsStay extends RunRule {
    C20InputsStay() {
        super(
                "C20",
                "a run changes no input but those that outputs are written in place of",
                "inputs are shared: the next kernel of a model reads them too",
                "inputs are read back after a run");
    }

    @Override
    Outcome look(Candidate candidate) {
        return candidate.each((backend, example) -> {
            try (Rig rig = Rig.prepare(backend, example, Place.PAGE)) {
                rig.launch().run();
                return rig.changedInput()
                        .map(what -> Found.violation(
                                what, example.id(), "compute in the workspace, not in the memory of an input"));
            }
        });
    }
}
