package dev.assay.engine.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.assay.engine.run.Rows.Stack;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.worker.JavaCommand;
import dev.assay.worker.WorkerProcess;
import dev.assay.worker.WorkerProcess.Received;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;

/// A worker with one backend open in it.
final class BackendWorker implements AutoCloseable {
    private static final Duration OPEN_LIMIT = Duration.ofMinutes(2);

    /// Most heap that a reference needs; tensors lie outside it.
    private static final String HEAP = "2g";

    /// Keys of [#facts] that also stand in rows.
    static final String VERSION = "version";

    static final String DEVICE = "device";

    private final WorkerProcess process;
    private final BackendRef backend;
    private final Map<String, String> facts;

    private BackendWorker(WorkerProcess process, BackendRef backend, Map<String, String> facts) {
        this.process = process;
        this.backend = backend;
        this.facts = facts;
    }

    /// What a worker answered, or why it did not.
    sealed interface Answer {
        record Reply(WorkerReply reply) implements Answer {}

        /// No answer in time; the process has been killed.
        record TimedOut() implements Answer {}

        /// The process ended.
        record Crashed(String how) implements Answer {}
    }

    /// Starts a process and opens the backend in it. Throws [PluginException] if either fails.
    static BackendWorker open(BackendRef backend, int threads, boolean fullReference, boolean isolate)
            throws InterruptedException {
        return open(backend, threads, fullReference, isolate, JavaCommand.classPath());
    }

    /// The same with another class path than our own.
    static BackendWorker open(BackendRef backend, int threads, boolean fullReference, boolean isolate, String classPath)
            throws InterruptedException {
        String name = backend.label();
        WorkerProcess process;
        try {
            process = WorkerProcess.start(
                    JavaCommand.of(WorkerMain.class.getName(), HEAP, threads, classPath),
                    JavaCommand.environment(threads));
        } catch (IOException e) {
            throw new PluginException(
                    "no worker process could be started: " + e.getMessage(),
                    "backend " + name,
                    "see that this machine can start another JVM; `assay doctor` checks it",
                    e);
        }
        BackendWorker worker = new BackendWorker(process, backend, Map.of());
        Answer answer = worker.ask(WorkerCommand.open(backend, fullReference, isolate), OPEN_LIMIT);
        String problem = switch (answer) {
            case Answer.TimedOut ignored -> "it did not open within " + OPEN_LIMIT.toSeconds() + " s";
            case Answer.Crashed(String how) -> "its process ended while it was opened: " + how;
            case Answer.Reply(WorkerReply reply) -> reply.problem() == null ? "" : reply.problem();
        };
        if (problem.isEmpty() && answer instanceof Answer.Reply(WorkerReply reply)) {
            return new BackendWorker(process, backend, reply.facts() == null ? Map.of() : Map.copyOf(reply.facts()));
        }
        process.close();
        throw new PluginException(
                "backend '" + name + "' does not open: " + problem,
                "backend " + name,
                "mend the plugin or its options; `assay list backends " + backend.id() + "` shows them");
    }

    /// What the plugin told about itself and its device: version, model, driver, firmware, memory.
    Map<String, String> facts() {
        return facts;
    }

    Stack stack() {
        return Stack.of(backend, facts);
    }

    /// Sends a command and waits for the answer. After anything but a reply the process is gone.
    Answer ask(WorkerCommand command, Duration limit) throws InterruptedException {
        try {
            process.send(WorkerMain.MAPPER.writeValueAsString(command));
            Received received = process.receive(limit);
            return switch (received) {
                case Received.Message(String content) ->
                    new Answer.Reply(WorkerMain.MAPPER.readValue(content, WorkerReply.class));
                case Received.Silence ignored -> {
                    process.kill();
                    process.close();
                    yield new Answer.TimedOut();
                }
                case Received.Ended(String how) -> {
                    process.close();
                    yield new Answer.Crashed(how);
                }
            };
        } catch (JsonProcessingException e) {
            process.kill();
            process.close();
            return new Answer.Crashed("it sent what is no reply: " + e.getOriginalMessage());
        }
    }

    void kill() {
        process.kill();
    }

    @Override
    public void close() {
        process.close();
    }
}
