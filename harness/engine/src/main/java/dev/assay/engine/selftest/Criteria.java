package dev.assay.engine.selftest;

import dev.assay.engine.judge.Trial;
import dev.assay.engine.scorecard.Scorecard;
import dev.assay.results.Ruling;
import java.util.Map;
import java.util.TreeMap;

/// Published criteria to which the judge is compared: each says of the same outputs whether it objects.
@FunctionalInterface
public interface Criteria {
    /// Whether each criterion objects to what a kernel returned for the inputs of a case; those that say nothing
    /// about it are missing. Called from several threads.
    Map<String, Boolean> objections(Trial trial);

    /// Those of the scorecard. A rule objects if it rejects one output; what a rule cannot cope with is no objection.
    Criteria PUBLISHED = trial -> {
        Map<String, Boolean> objections = new TreeMap<>();
        for (Scorecard.Score score : Scorecard.of(trial.operator(), trial.call(), trial.inputs(), trial.outputs())) {
            Ruling ruling = score.outcome().ruling();
            if (ruling != Ruling.NOT_APPLICABLE) {
                objections.merge(score.criterion(), ruling == Ruling.FAIL, Boolean::logicalOr);
            }
        }
        return objections;
    };

    /// None.
    Criteria NONE = trial -> Map.of();
}
