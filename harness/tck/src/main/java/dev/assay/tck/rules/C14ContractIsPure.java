package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.ComputeContract;
import java.util.ArrayList;
import java.util.List;

/// What a contract depends on.
final class C14ContractIsPure extends RunRule {
    C14ContractIsPure() {
        super(
                "C14",
                "`contract()` depends on the call alone",
                "a backend that chooses its bound after it has computed is always right",
                "every supported call is asked twice, after kernels were run, and on a backend that is opened anew");
    }

    @Override
    Outcome look(Candidate candidate) {
        List<ComputeContract> first = new ArrayList<>();
        List<Example> supported;
        try (Backend backend = candidate.open()) {
            supported = candidate.supported(backend);
            if (supported.isEmpty()) {
                throw Found.notApplicable("no call is supported, see C06");
            }
            supported.forEach(example -> first.add(backend.contract(example.call())));
            same(backend, supported, first, "when asked again");
            candidate.runSome(backend);
            same(backend, supported, first, "after kernels were run");
        }
        try (Backend backend = candidate.open()) {
            same(backend, supported, first, "on a backend that was opened anew");
        }
        return Candidate.calls(supported.size());
    }

    private static void same(Backend backend, List<Example> examples, List<ComputeContract> first, String when) {
        for (int i = 0; i < examples.size(); i++) {
            ComputeContract again = backend.contract(examples.get(i).call());
            if (!String.valueOf(again).equals(String.valueOf(first.get(i)))) {
                throw Found.violation(
                        "contract() answers '" + first.get(i) + "', and '" + again + "' " + when,
                        examples.get(i).id(),
                        "let the contract depend on the call alone");
            }
        }
    }
}
