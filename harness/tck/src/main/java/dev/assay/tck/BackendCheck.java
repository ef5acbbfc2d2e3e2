package dev.assay.tck;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.assay.engine.run.PluginException;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.tck.RuleResult.Kind;
import dev.assay.tck.rules.Rule;
import dev.assay.tck.rules.Rules;
import dev.assay.worker.JavaCommand;
import dev.assay.worker.WorkerProcess;
import dev.assay.worker.WorkerProcess.Received;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Checks the rules on an installed backend, in a worker process that is replaced when it crashes or hangs: that is
/// then the result of the rule that was being checked, and the next one goes on in a fresh process.
public final class BackendCheck implements AutoCloseable {
    /// To start a process and read the suites.
    private static final Duration READY_LIMIT = Duration.ofMinutes(2);

    /// The rule that runs kernels and does nothing else: where that ends a process, the others that run kernels
    /// would too.
    private static final String RUNS = "C18";

    private final BackendRef backend;
    private final List<String> suites;
    private final Duration limit;
    private final Map<String, RuleResult> known = new HashMap<>();
    private @Nullable WorkerProcess worker;

    /// @param suites as of [dev.assay.tck.rules.Candidate]
    /// @param limit for one rule
    public BackendCheck(BackendRef backend, List<String> suites, Duration limit) {
        this.backend = backend;
        this.suites = List.copyOf(suites);
        this.limit = limit;
    }

    /// Checks one rule. Throws [PluginException] if no process can be made ready.
    public RuleResult check(Rule rule) throws InterruptedException {
        RuleResult result = known.get(rule.number());
        if (result != null) {
            return result;
        }
        boolean depends = rule.runsKernels() && !rule.number().equals(RUNS);
        RuleResult runs = known.get(RUNS);
        if (depends && runs != null && runs.kind().isLost()) {
            return runsEndTheProcess(rule);
        }
        result = ask(rule);
        known.put(rule.number(), result);
        if (depends && result.kind().isLost() && check(Rules.named(RUNS)).kind().isLost()) {
            return runsEndTheProcess(rule);
        }
        return result;
    }

    private static RuleResult runsEndTheProcess(Rule rule) {
        return new RuleResult(rule, Kind.NOT_APPLICABLE, "kernels cannot be run here, see " + RUNS);
    }

    private RuleResult ask(Rule rule) throws InterruptedException {
        WorkerProcess process = worker;
        if (process == null) {
            process = ready();
            worker = process;
        }
        return switch (ask(process, CheckCommand.check(rule.number()), limit)) {
            case Received.Message(String content) -> {
                CheckReply reply = read(content);
                yield new RuleResult(rule, reply.kind(), reply.sentence());
            }
            case Received.Silence ignored -> {
                String words = process.lastWords();
                lost(process);
                yield new RuleResult(
                        rule,
                        Kind.TIMEOUT,
                        "no answer within " + limit.toSeconds() + " s"
                                + (words.isEmpty() ? "" : "; last words: " + words) + advice(rule));
            }
            case Received.Ended(String how) -> {
                lost(process);
                yield new RuleResult(rule, Kind.CRASH, "the process ended: " + how + advice(rule));
            }
        };
    }

    private static String advice(Rule rule) {
        return " (where: while it was checked that " + rule.statement() + "; fix: repeat it with --rule "
                + rule.number() + ")";
    }

    private void lost(WorkerProcess process) {
        process.kill();
        process.close();
        worker = null;
    }

    private WorkerProcess ready() throws InterruptedException {
        int threads = Runtime.getRuntime().availableProcessors();
        String fix = "mend what ends it; `assay doctor` shows whether workers start";
        WorkerProcess process;
        try {
            process = WorkerProcess.start(
                    JavaCommand.of(CheckWorker.class.getName(), "2g", threads), JavaCommand.environment(threads));
        } catch (IOException e) {
            throw new PluginException(
                    "no worker process could be started: " + e.getMessage(), "backend " + backend.id(), fix, e);
        }
        Received received = ask(process, CheckCommand.ready(backend, suites), READY_LIMIT);
        if (!(received instanceof Received.Message)) {
            String how = received instanceof Received.Ended(String words) ? words : "no answer within 2 min";
            lost(process);
            throw new PluginException("no worker process became ready: " + how, "backend " + backend.id(), fix);
        }
        return process;
    }

    private static Received ask(WorkerProcess process, CheckCommand command, Duration limit)
            throws InterruptedException {
        try {
            process.send(CheckWorker.MAPPER.writeValueAsString(command));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("our own commands can be written", e);
        }
        return process.receive(limit);
    }

    private static CheckReply read(String content) {
        try {
            return CheckWorker.MAPPER.readValue(content, CheckReply.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("our own replies can be read", e);
        }
    }

    @Override
    public void close() {
        if (worker != null) {
            worker.close();
        }
    }
}
