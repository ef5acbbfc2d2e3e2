package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Kernel;
import java.util.List;

/// What is supported is prepared.
final class C09YesIsPrepared extends Rule {
    C09YesIsPrepared() {
        super(
                "C09",
                "what `supports()` accepts, `prepare()` prepares",
                "a plan counts on it: a kernel that then does not come is an `error`, and not `unsupported`",
                "up to " + Candidate.MANY + " small calls of many operators and types are prepared and closed");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            List<Example> some = Candidate.varied(candidate.everyday(backend), Candidate.MANY);
            if (some.isEmpty()) {
                throw Found.notApplicable("no call is supported, see C06");
            }
            for (Example example : some) {
                candidate.at("prepare() of " + example.id());
                try (Kernel kernel = backend.prepare(example.call())) {
                    if (Candidate.isNull(kernel)) {
                        throw Found.violation("prepare() answers null", example.id(), "answer a kernel");
                    }
                    if (kernel.workspaceBytes() < 0) {
                        throw Found.violation(
                                "workspaceBytes() is " + kernel.workspaceBytes(), example.id(), "answer 0 or more");
                    }
                }
            }
            return Candidate.calls(some.size());
        }
    }
}
