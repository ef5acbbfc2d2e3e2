package dev.assay.engine.run;

import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RowKey;

/// A case on a backend.
record Task(PlannedCase planned, BackendRef backend) {
    RowKey key() {
        return planned.key(backend);
    }

    String label() {
        return backend.id() + " " + planned.caseId();
    }

    /// The case in words that do not name the backend, which two arms call differently.
    CaseKey caseKey() {
        return new CaseKey(planned.suite(), planned.caseId(), planned.seed());
    }

    /// A case in any run.
    record CaseKey(String suite, String caseId, long seed) {}

    /// What shares a process when it is timed.
    ///
    /// @param backend number of the backend in the plan
    /// @param operator one operator, so that no other spoils its JIT profile
    /// @param dtype of the first input
    record Group(int backend, String operator, String dtype) {
        @Override
        public String toString() {
            return operator + " " + dtype;
        }
    }

    Group group(int backendNumber) {
        return new Group(backendNumber, planned.operator(), planned.dtypes().split("[.-]", 2)[0]);
    }
}
