package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendProvider;
import java.util.List;

/// Opening and closing.
final class C30OpensAgain extends RunRule {
    private static final int TIMES = 20;

    C30OpensAgain() {
        super(
                "C30",
                "a backend can be opened and closed any number of times",
                "a worker that is replaced opens the device anew; what `close()` does not give back is missing then",
                "it is opened and closed " + TIMES + " times by one provider, and runs a call each time");
    }

    @Override
    Outcome look(Candidate candidate) {
        List<Example> running;
        try (Backend backend = candidate.open()) {
            running = candidate.running(backend);
        }
        Example example = running.getFirst();
        BackendProvider provider = candidate.provider();
        for (int time = 1; time <= TIMES; time++) {
            String when = "when it is opened for the " + time + ". time";
            String fix = "give back in close() what open() took";
            candidate.at("open(), " + when);
            try (Backend backend = provider.open(candidate.options())) {
                candidate.mustRun(backend, example, when, fix);
            } catch (Found e) {
                throw e;
            } catch (RuntimeException | Error e) {
                throw Found.violation("it " + Thrown.told(e) + " " + when, "open()", fix);
            }
        }
        return new Outcome.Ok("opened " + TIMES + " times");
    }
}
