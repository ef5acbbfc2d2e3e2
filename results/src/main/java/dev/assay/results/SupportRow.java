package dev.assay.results;

/// What a backend answered to calls of one operator and dtype when it was asked whether it supports them.
///
/// @param backend its id
/// @param backendOptions as in the other tables
/// @param operator name in the catalogue
/// @param dtype of the first input that may have several types
/// @param asked calls of this operator and dtype
/// @param answer `supported`, `unsupported`, `error`, `crash` or `timeout`
/// @param calls that were answered so, for this reason
/// @param reason empty for `supported`
public record SupportRow(
        String backend,
        String backendOptions,
        String operator,
        String dtype,
        int asked,
        String answer,
        int calls,
        String reason)
        implements Keyed {

    @Override
    public RowKey key() {
        return new RowKey(backend, operator + "/" + dtype + "/" + answer + "/" + reason, 0, backend, backendOptions);
    }
}
