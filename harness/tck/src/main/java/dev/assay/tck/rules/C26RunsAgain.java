package dev.assay.tck.rules;

import dev.assay.tck.rules.Rig.Garbage;
import dev.assay.tck.rules.Rig.Place;
import dev.assay.tensor.Tensor;
import java.util.Map;

/// Runs of one launch.
final class C26RunsAgain extends RunRule {
    private static final int TIMES = 3;

    C26RunsAgain() {
        super(
                "C26",
                "a launch can be run again and again without a new bind, and reads its inputs in every run",
                "a kernel is bound once and timed a thousand times; one that read its inputs when it was bound"
                        + " computes nothing",
                "a launch is run three times, then with other values in the same buffers, and judged each time");
    }

    @Override
    Outcome look(Candidate candidate) {
        return candidate.each((backend, example) -> {
            try (Rig rig = Rig.prepare(backend, example, Place.PAGE)) {
                for (int time = 1; time <= TIMES; time++) {
                    rig.arm(Garbage.NAN, Garbage.ZERO);
                    candidate.mustBeRight(
                            backend,
                            example,
                            rig.run(),
                            "run number " + time + " of one launch",
                            "leave nothing of one run to the next");
                }
                Map<String, Tensor> others = example.inputs(1);
                rig.load(others);
                rig.arm(Garbage.NAN, Garbage.ZERO);
                return example.wrong(backend.contract(example.call()), others, rig.run())
                        .map(what -> Found.violation(
                                "with other values in the same buffers, the result is wrong: " + what,
                                example.id(),
                                "read the inputs in run(), not in bind()"));
            }
        });
    }
}
