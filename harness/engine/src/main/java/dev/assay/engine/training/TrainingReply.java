package dev.assay.engine.training;

import java.util.List;

/// What a worker tells of a training.
///
/// @param steps done since it was asked last
/// @param findings since it was asked last
/// @param judged calls whose outputs were held against their bounds, in all
/// @param ended whether there is no more to do
public record TrainingReply(List<ParityStep> steps, List<ParityFinding> findings, long judged, boolean ended) {
    public TrainingReply {
        steps = List.copyOf(steps);
        findings = List.copyOf(findings);
    }
}
