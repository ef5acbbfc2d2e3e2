package dev.assay.tck;

import dev.assay.tck.rules.Candidate;
import dev.assay.tck.rules.Outcome;
import dev.assay.tck.rules.Rule;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Checks rules one after the other, all in one thread, for drivers may bind a device to a thread; one that hangs is
/// left behind with its thread, and the next one begins anew.
final class LimitedCheck implements AutoCloseable {
    private final Supplier<Candidate> candidates;
    private final Duration limit;
    private @Nullable Candidate candidate;
    private ExecutorService thread = thread();

    /// @param candidates makes what is checked, at first and after a rule that hung
    /// @param limit for one rule
    LimitedCheck(Supplier<Candidate> candidates, Duration limit) {
        this.candidates = candidates;
        this.limit = limit;
    }

    /// Daemons: one that hangs must not keep the process from ending.
    private static ExecutorService thread() {
        return Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("contract-rules").factory());
    }

    /// What a rule found; throws what it threw.
    Outcome check(Rule rule) throws Throwable {
        Candidate now = candidate == null ? candidates.get() : candidate;
        candidate = now;
        Future<Outcome> checked = thread.submit(() -> rule.check(now));
        try {
            return checked.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            checked.cancel(true);
            thread.shutdownNow();
            thread = thread();
            candidate = null;
            return new Outcome.Violated(
                    "no answer within " + limit.toSeconds() + " s",
                    "while it was checked that " + rule.statement(),
                    "see where the thread contract-rules hangs; a slow device may override limit()");
        } catch (ExecutionException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
