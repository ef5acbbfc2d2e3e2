package dev.assay.tck.rules;

import dev.assay.backend.BackendProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/// Constructing a provider.
final class C01ConstructingDoesNothing extends Rule {
    private static final long PATIENCE_MS = 10_000;

    C01ConstructingDoesNothing() {
        super(
                "C01",
                "constructing the provider does nothing, and all that are constructed are alike",
                "every installed provider is constructed whenever backends are listed, also on machines without the"
                        + " device",
                "two are constructed: no thread is left running, system properties are as before, and `id()`,"
                        + " `version()` and `options()` of both are equal");
    }

    @Override
    Outcome look(Candidate candidate) {
        Properties before = (Properties) System.getProperties().clone();
        List<BackendProvider> made = new ArrayList<>();
        List<Throwable> thrown = new ArrayList<>();
        ThreadGroup group = new ThreadGroup("construction of a provider");
        Thread thread = new Thread(group, () -> {
            try {
                made.add(candidate.provider());
                made.add(candidate.provider());
            } catch (RuntimeException | Error e) {
                thrown.add(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        join(thread);
        String where = "the constructor of the provider";
        String fix = "move the work to open()";
        if (thread.isAlive()) {
            throw Found.violation("it did not end within " + PATIENCE_MS / 1000 + " s", where, fix);
        }
        if (!thrown.isEmpty()) {
            throw Found.violation(Thrown.told(thrown.getFirst()), where, fix);
        }
        if (group.activeCount() > 0) {
            throw Found.violation("a thread that it started is still running", where, fix);
        }
        if (!before.equals(System.getProperties())) {
            throw Found.violation("system properties have changed", where, fix);
        }
        BackendProvider one = made.getFirst();
        BackendProvider other = made.getLast();
        alike("id()", one.id(), other.id());
        alike("version()", one.version(), other.version());
        alike("options()", one.options(), other.options());
        return new Outcome.Ok("2 providers");
    }

    private static void join(Thread thread) {
        try {
            thread.join(PATIENCE_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void alike(String method, Object one, Object other) {
        if (!one.equals(other)) {
            throw Found.violation(
                    "two providers answer '" + one + "' and '" + other + "'", method, "answer what depends on nothing");
        }
    }
}
