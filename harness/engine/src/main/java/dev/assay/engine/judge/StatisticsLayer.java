package dev.assay.engine.judge;

import dev.assay.numerics.RuleConstants;
import java.util.Optional;

/// The layers that look at how errors are distributed: they share the statistics of [ErrorStatistics].
final class StatisticsLayer implements Layer {
    /// Errors are no larger on average than the contract explains.
    static final StatisticsLayer RMS = new StatisticsLayer("rms");
    /// Errors do not all go one way.
    static final StatisticsLayer BIAS = new StatisticsLayer("bias");

    private final String code;

    private StatisticsLayer(String code) {
        this.code = code;
    }

    @Override
    public Optional<Finding> check(Trial trial) {
        for (Comparison comparison : trial.comparisons()) {
            ErrorStatistics.Summary summary = comparison.statistics();
            if (code.equals("rms") ? summary.tooLarge() : summary.biased()) {
                return Optional.of(Finding.of(code, sentence(comparison.output(), summary)));
            }
        }
        return Optional.empty();
    }

    private String sentence(String output, ErrorStatistics.Summary summary) {
        String of = " of " + output + " (" + summary.elements() + " elements)";
        if (code.equals("rms")) {
            return "the rms error" + of + " is " + Words.rough(summary.rms())
                    + " times what the contract explains, at most " + Words.rough(RuleConstants.rmsLimit())
                    + " is legitimate";
        }
        return "the errors" + of + " go one way: their mean is " + Words.rough(Math.abs(summary.biasZ()))
                + " standard errors beyond what the contract explains, at most "
                + Words.rough(RuleConstants.statisticsZ()) + " is chance";
    }
}
