package dev.assay.engine.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.DeviceInfo;
import dev.assay.engine.judge.Witness;
import dev.assay.engine.run.Rows.Stack;
import dev.assay.engine.scorecard.ScorecardWitness;
import dev.assay.engine.trace.Trace;
import dev.assay.numerics.Gemm;
import dev.assay.results.CaseRow;
import dev.assay.results.CellText;
import dev.assay.results.Json;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.Verdict;
import dev.assay.worker.JavaCommand;
import dev.assay.worker.WorkerConnection;
import dev.assay.worker.remote.HostMain;
import dev.assay.worker.remote.RemoteBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A worker: opens one backend and works on cases one after the other until the harness hangs up.
public final class WorkerMain {
    /// Absent fields are left out of messages.
    static final ObjectMapper MAPPER =
            Json.STRICT.copy().disable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

    private static final int OUT_OF_MEMORY = 7;

    /// Of a process that hosts a Java backend and nothing else.
    private static final String HOST_HEAP = "2g";

    private WorkerMain() {}

    /// Works until the connection ends.
    ///
    /// @param args the path of the harness's socket
    public static void main(String[] args) throws IOException, InterruptedException {
        try (WorkerConnection connection = WorkerConnection.connect(Path.of(args[0]))) {
            work(connection);
        }
    }

    private static void work(WorkerConnection connection) throws IOException, InterruptedException {
        @Nullable OpenWork work = null;
        while (true) {
            WorkerCommand command = MAPPER.readValue(connection.receive(), WorkerCommand.class);
            if (command.type().equals(WorkerCommand.OPEN) && command.backend() != null) {
                work = open(
                        command.backend(),
                        Boolean.TRUE.equals(command.fullReference()),
                        Boolean.TRUE.equals(command.isolate()),
                        connection);
            } else if (work != null && command.planned() != null) {
                WorkerReply reply = perform(work.cases(), command);
                send(connection, reply);
                if (reply.row() != null && reply.row().verdict() == Verdict.OUT_OF_MEMORY) {
                    // What else failed for want of memory is not known; a fresh process is.
                    Runtime.getRuntime().halt(OUT_OF_MEMORY);
                }
            } else if (work != null && command.training() != null && command.limitMillis() != null) {
                Duration limit = Duration.ofMillis(command.limitMillis());
                send(connection, WorkerReply.trained(work.training().perform(command.training(), limit)));
            } else {
                throw new IOException("a command that makes no sense here: " + command.type());
            }
        }
    }

    private static WorkerReply perform(CaseWork work, WorkerCommand command) {
        if (command.planned() == null || command.limitMillis() == null) {
            throw new IllegalStateException("a command without a case or a limit");
        }
        Duration limit = Duration.ofMillis(command.limitMillis());
        if (command.type().equals(WorkerCommand.SUPPORT)) {
            return WorkerReply.asked(work.support(command.planned(), limit));
        }
        if (command.type().equals(WorkerCommand.VERIFY)) {
            ScorecardWitness scorecard = new ScorecardWitness();
            boolean asked = Boolean.TRUE.equals(command.scorecard());
            List<Witness> witnesses = new ArrayList<>();
            if (asked) {
                witnesses.add(scorecard);
            }
            if (command.trace() != null) {
                witnesses.add(new Trace(Path.of(command.trace()), work.title(command.planned())));
            }
            CaseRow row = work.verify(command.planned(), limit, witnesses);
            return WorkerReply.verified(row, Rows.scorecard(row, scorecard.scores()));
        }
        if (command.effort() == null || command.round() == null || command.verified() == null) {
            throw new IllegalStateException("an incomplete command: " + command.type());
        }
        boolean cold = Boolean.TRUE.equals(command.cold());
        return work.time(command.planned(), limit, command.effort(), cold, command.round(), command.verified());
    }

    /// What can be done with an open backend.
    private record OpenWork(CaseWork cases, TrainingWork training) {}

    private static @Nullable OpenWork open(
            BackendRef reference, boolean fullReference, boolean isolate, WorkerConnection connection)
            throws IOException {
        try {
            BackendProvider provider = new Backends().named(reference.id(), "worker");
            BackendOptions options = Backends.options(reference);
            OpenBackend open = new OpenBackend(() -> isolate && !provider.isolates()
                    ? RemoteBackend.open(hostCommand(provider), Map.of(), options)
                    : provider.open(options));
            Map<String, String> facts = facts(provider, open.get());
            send(connection, WorkerReply.opened(facts));
            return new OpenWork(new CaseWork(open, Stack.of(reference, facts), fullReference), new TrainingWork(open));
        } catch (dev.assay.HarnessException e) {
            send(connection, WorkerReply.notOpened(e.oneLine()));
        } catch (RuntimeException | Error e) {
            send(connection, WorkerReply.notOpened(CaseWork.told(e)));
        }
        return null;
    }

    private static List<String> hostCommand(BackendProvider provider) {
        List<String> command =
                new ArrayList<>(JavaCommand.of(HostMain.class.getName(), HOST_HEAP, JavaCommand.ownThreads()));
        command.add(HostMain.JAVA);
        command.add(provider.id());
        return command;
    }

    private static Map<String, String> facts(BackendProvider provider, Backend backend) {
        DeviceInfo device = backend.device();
        Map<String, String> facts = new TreeMap<>();
        facts.put(BackendWorker.VERSION, CellText.harmless(backend.version().orElseGet(provider::version)));
        facts.put(BackendWorker.DEVICE, CellText.harmless(device.model()));
        facts.put("driver", CellText.harmless(device.driver()));
        facts.put("firmware", CellText.harmless(device.firmware()));
        facts.put("references", Gemm.isVectorised() ? "vector api" : "plain loops");
        facts.put("memory_bytes", Long.toString(device.memoryBytes()));
        return facts;
    }

    private static void send(WorkerConnection connection, WorkerReply reply) throws IOException {
        try {
            connection.send(MAPPER.writeValueAsString(reply));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("our own replies can be written", e);
        }
    }
}
