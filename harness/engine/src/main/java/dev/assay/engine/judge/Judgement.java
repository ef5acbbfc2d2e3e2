package dev.assay.engine.judge;

import dev.assay.engine.diagnosis.Diagnosis;
import dev.assay.results.Verdict;
import java.util.List;
import java.util.Optional;

/// The verdict on one case, with the numbers behind it.
///
/// @param layer that objected first, or empty text
/// @param layers all that objected
/// @param reason one sentence, or empty text
/// @param diagnosis of a failure
/// @param elements compared
/// @param mismatches elements that are wrong
/// @param worstErrorRatio largest error divided by its bound; infinite if an exact or special element is wrong
/// @param rmsRatio largest ratio of an output's rms error to the modelled one, NaN if no output has enough
///     elements
/// @param maxUlp largest error in ulps of the output
/// @param biasZ standard errors by which the mean error exceeds what is explained; NaN as above
/// @param boundTightness median of the bound in ulps of the output, NaN if nothing was compared
/// @param worst the worst wrong element
/// @param deterministic whether two runs gave equal bits
/// @param judged runs that were judged: the case itself, sub-runs, scaled and cut ones
/// @param outputSha256 over the bytes of the first run's outputs
/// @param prepareNanos time of `Backend.prepare`
/// @param runNanos time of the first run, cold
public record Judgement(
        Verdict verdict,
        String layer,
        List<String> layers,
        String reason,
        Optional<Diagnosis> diagnosis,
        long elements,
        long mismatches,
        double worstErrorRatio,
        double rmsRatio,
        double maxUlp,
        double biasZ,
        double boundTightness,
        Optional<Finding.Element> worst,
        boolean deterministic,
        int judged,
        String outputSha256,
        long prepareNanos,
        long runNanos) {}
