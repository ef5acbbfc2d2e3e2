package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.ComputeContract;
import java.util.List;

/// The contract of a call.
final class C13ContractIsValid extends Rule {
    C13ContractIsValid() {
        super(
                "C13",
                "`contract()` answers a contract that docs/contract.md allows",
                "error bounds follow from it and from nothing else",
                "`contract()` is asked every call that is supported");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            List<Example> supported = candidate.supported(backend);
            for (Example example : supported) {
                candidate.at("contract() of " + example.id());
                ComputeContract contract = backend.contract(example.call());
                if (Candidate.isNull(contract)) {
                    throw Found.violation(
                            "contract() answers null",
                            example.id(),
                            "answer ComputeContract.STRICT, or what differs from it");
                }
                if (!contract.problems().isEmpty()) {
                    throw Found.violation(
                            "the contract is none: " + String.join("; ", contract.problems()),
                            example.id(),
                            "declare a value that docs/contract.md allows");
                }
            }
            if (supported.isEmpty()) {
                throw Found.notApplicable("no call is supported, see C06");
            }
            return Candidate.calls(supported.size());
        }
    }
}
