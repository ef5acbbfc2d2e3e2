package dev.assay.engine.scorecard;

import dev.assay.engine.judge.Judgement;
import dev.assay.engine.judge.Trial;
import dev.assay.engine.judge.Witness;
import dev.assay.engine.scorecard.Scorecard.Score;
import java.util.List;

/// Fills the scorecard of a case from what its kernel returned.
///
/// Whatever goes wrong here is told in the scorecard and nowhere else: it is information and may not cost a case its
/// verdict.
public final class ScorecardWitness implements Witness {
    private List<Score> scores = List.of();

    @Override
    public void saw(Trial trial, Judgement judgement) {
        try {
            scores = Scorecard.of(trial.operator(), trial.call(), trial.inputs(), trial.outputs());
        } catch (RuntimeException | OutOfMemoryError e) {
            String why = "could not be computed: " + e;
            scores = trial.outputs().keySet().stream()
                    .flatMap(output -> Criteria.ALL.stream()
                            .map(criterion -> new Score(output, criterion.id(), Outcome.notApplicable(why))))
                    .toList();
        }
    }

    /// Empty until a kernel has run.
    public List<Score> scores() {
        return scores;
    }
}
