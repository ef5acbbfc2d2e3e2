package dev.assay.results.gate;

import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.RowKey;

/// Names of rows for people.
public final class Labels {
    private Labels() {}

    /// The backend as the command line takes it.
    public static String of(RowKey key) {
        return new BackendRef(key.backend(), key.backendOptions()).label();
    }

    /// The operator: a case id begins with it.
    public static String operator(RowKey key) {
        int slash = key.caseId().indexOf('/');
        return slash < 0 ? key.caseId() : key.caseId().substring(0, slash);
    }

    /// The whole row.
    public static String row(RowKey key) {
        return key.caseId() + " of " + key.suite() + ", seed " + key.seed() + ", on " + of(key);
    }
}
