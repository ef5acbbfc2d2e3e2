package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.engine.judge.Judge;
import dev.assay.engine.judge.Judgement;
import java.util.List;

/// Equal bits in other batches, where they are promised.
final class C35BatchInvariant extends RunRule {
    private static final int MOST = 6;
    /// The layer of the judge that compares bits.
    private static final String LAYER = "determinism";

    C35BatchInvariant() {
        super(
                "C35",
                "where the contract says `batch_invariant`, a slice of a batch gives equal bits in any other batch",
                "an answer must not depend on who else is asking",
                "the judge's batch layer computes slices once more, in smaller and larger batches and at other places");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            List<Example> promised = Candidate.varied(
                    candidate.running(backend).stream()
                            .filter(example -> backend.contract(example.call()).batchInvariant())
                            .filter(example ->
                                    example.operator().batchAxis(example.call()).isPresent())
                            .toList(),
                    MOST);
            if (promised.isEmpty()) {
                throw Found.notApplicable("no contract of the calls that were tried promises it");
            }
            for (Example example : promised) {
                candidate.at(example.id());
                Judgement judgement = Judge.judge(backend, example.operator(), example.call(), example.inputs(0));
                if (judgement.deterministic() && judgement.layers().contains(LAYER)) {
                    throw Found.violation(
                            judgement.reason(),
                            example.id(),
                            "do not declare batch_invariant, or sum in one order whatever the batch");
                }
            }
            return Candidate.calls(promised.size());
        }
    }
}
