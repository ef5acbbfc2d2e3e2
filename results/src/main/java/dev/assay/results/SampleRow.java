package dev.assay.results;

/// One sample: a row of `samples.csv`.
///
/// @param round number of the fresh process, from 0
/// @param fork number of the JMH fork within the round, from 0
/// @param iteration number within the fork, from 0
/// @param ops executions that the sample is the mean of
/// @param value in `unit`, per execution
public record SampleRow(
        String suite,
        String caseId,
        String caseHash,
        long seed,
        String backend,
        String backendOptions,
        String metric,
        String clock,
        int round,
        int fork,
        int iteration,
        long ops,
        double value,
        String unit)
        implements Keyed {

    @Override
    public RowKey key() {
        return new RowKey(suite, caseId, seed, backend, backendOptions);
    }

    @Override
    public String part() {
        return metric + "/" + clock + "/" + round + "/" + fork + "/" + iteration;
    }
}
