package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Support;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What support depends on.
final class C11SupportIsPure extends RunRule {
    C11SupportIsPure() {
        super(
                "C11",
                "`supports()` depends on the call alone",
                "the plan is made before the run, and a run is repeated from one row of it",
                "every call of the suites is asked again in reverse order, and after kernels were run");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            List<Example> examples = candidate.examples();
            List<Optional<Support>> first = new ArrayList<>();
            examples.forEach(example -> first.add(Candidate.support(backend, example.call())));
            same(backend, examples, first, "asked again");
            candidate.runSome(backend);
            same(backend, examples, first, "asked after kernels were run");
            return Candidate.calls(examples.size());
        }
    }

    private static void same(Backend backend, List<Example> examples, List<Optional<Support>> first, String when) {
        for (int i = examples.size() - 1; i >= 0; i--) {
            Optional<Support> again = Candidate.support(backend, examples.get(i).call());
            if (!again.map(Object::getClass).equals(first.get(i).map(Object::getClass))) {
                throw Found.violation(
                        "supports() answers " + word(first.get(i)) + ", and " + word(again) + " when " + when,
                        examples.get(i).id(),
                        "let support depend on the call alone");
            }
        }
    }

    private static String word(Optional<Support> support) {
        return support.map(answer -> answer instanceof Support.No(String reason) ? "no (" + reason + ")" : "yes")
                .orElse("nothing");
    }
}
