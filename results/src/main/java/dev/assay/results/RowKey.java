package dev.assay.results;

/// What a row is about: one planned case on one backend.
///
/// Keys are ordered as they are written, by the bytes of their UTF-8 text, column by column.
public record RowKey(String suite, String caseId, long seed, String backend, String backendOptions)
        implements Comparable<RowKey> {

    @Override
    public int compareTo(RowKey other) {
        int order = compare(suite, other.suite);
        if (order == 0) {
            order = compare(caseId, other.caseId);
        }
        if (order == 0 && seed != other.seed) {
            order = Long.toString(seed).compareTo(Long.toString(other.seed));
        }
        if (order == 0) {
            order = compare(backend, other.backend);
        }
        return order == 0 ? compare(backendOptions, other.backendOptions) : order;
    }

    private static int compare(String a, String b) {
        return a.equals(b) ? 0 : Utf8.compare(CellText.harmless(a), CellText.harmless(b));
    }
}
