package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.tck.rules.Rig.Garbage;
import dev.assay.tck.rules.Rig.Place;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Equal bits, where they are promised.
final class C34Deterministic extends RunRule {
    private static final int RUNS = 5;

    C34Deterministic() {
        super(
                "C34",
                "where the contract says `deterministic`, all runs give equal bits",
                "a promise that is broken once costs days of search for a training run that diverged",
                "calls with the promise are run five times, each with a kernel of its own and other garbage in the"
                        + " output");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            List<Example> promised = candidate.running(backend).stream()
                    .filter(example -> backend.contract(example.call()).deterministic())
                    .toList();
            if (promised.isEmpty()) {
                throw Found.notApplicable("no contract of the calls that were tried promises it");
            }
            for (Example example : promised) {
                Map<String, Tensor> first = run(candidate, backend, example, 0);
                for (int run = 1; run < RUNS; run++) {
                    Optional<String> difference = Rig.difference(first, run(candidate, backend, example, run));
                    if (difference.isPresent()) {
                        throw Found.violation(
                                "two runs differ: " + difference.get(),
                                example.id(),
                                "do not declare deterministic, or fix the order of sums");
                    }
                }
            }
            return Candidate.calls(promised.size());
        }
    }

    private static Map<String, Tensor> run(Candidate candidate, Backend backend, Example example, int number) {
        candidate.at(example.id());
        try (Rig rig = Rig.prepare(backend, example, Place.PAGE)) {
            rig.arm(number % 2 == 0 ? Garbage.NAN : Garbage.FINITE, Garbage.ZERO);
            return rig.run();
        }
    }
}
