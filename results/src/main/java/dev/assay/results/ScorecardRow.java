package dev.assay.results;

import org.jspecify.annotations.Nullable;

/// What one published criterion says of one output of one case: a row of `scorecard.csv`. The components, in order,
/// are the columns. Rows of a case stand in the order of its outputs, then in that of the criteria.
///
/// @param suite the suite that planned the case
/// @param caseId as in `cases.csv`
/// @param caseHash as in `cases.csv`
/// @param seed of the inputs
/// @param backend id of the plugin
/// @param backendOptions as given
/// @param output name of the output
/// @param criterion id of the criterion, see `docs/scorecard.md`
/// @param outcome what the criterion says
/// @param measure the criterion's own number; empty if there is none
/// @param limit what the number may be
/// @param verdict ours, on the whole case, of the same run of the kernel
/// @param remark why the criterion is not applicable, or what was left out
public record ScorecardRow(
        String suite,
        String caseId,
        String caseHash,
        long seed,
        String backend,
        String backendOptions,
        String output,
        String criterion,
        Ruling outcome,
        @Nullable Double measure,
        @Nullable Double limit,
        Verdict verdict,
        String remark)
        implements Keyed {

    @Override
    public RowKey key() {
        return new RowKey(suite, caseId, seed, backend, backendOptions);
    }

    @Override
    public String part() {
        return output + "/" + criterion;
    }
}
