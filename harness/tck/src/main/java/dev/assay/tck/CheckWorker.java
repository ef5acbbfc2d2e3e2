package dev.assay.tck;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.assay.backend.BackendProvider;
import dev.assay.engine.run.Backends;
import dev.assay.results.Json;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.tck.RuleResult.Kind;
import dev.assay.tck.rules.Candidate;
import dev.assay.tck.rules.Outcome;
import dev.assay.tck.rules.Rules;
import dev.assay.worker.WorkerConnection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A process that checks rules on one backend until the harness hangs up. A plugin may take it down.
public final class CheckWorker {
    /// Absent fields are left out of messages.
    static final ObjectMapper MAPPER =
            Json.STRICT.copy().disable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES);

    private CheckWorker() {}

    /// Works until the connection ends.
    ///
    /// @param args the path of the harness's socket
    public static void main(String[] args) throws IOException, InterruptedException {
        try (WorkerConnection connection = WorkerConnection.connect(Path.of(args[0]))) {
            @Nullable Candidate candidate = null;
            while (true) {
                CheckCommand command = MAPPER.readValue(connection.receive(), CheckCommand.class);
                CheckReply reply;
                if (command.backend() != null && command.suites() != null) {
                    candidate = candidate(command.backend(), command.suites());
                    reply = new CheckReply(Kind.OK, "");
                } else if (candidate != null && command.rule() != null) {
                    reply = reply(Rules.named(command.rule()).check(candidate));
                } else {
                    throw new IOException("a command that makes no sense here");
                }
                connection.send(MAPPER.writeValueAsString(reply));
            }
        }
    }

    private static Candidate candidate(BackendRef backend, List<String> suites) {
        Class<? extends BackendProvider> type =
                new Backends().named(backend.id(), "worker").getClass();
        return new Candidate(() -> construct(type), Backends.options(backend), suites);
    }

    private static BackendProvider construct(Class<? extends BackendProvider> type) {
        try {
            return type.getConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(type.getName() + " cannot be constructed: " + e.getCause(), e);
        }
    }

    private static CheckReply reply(Outcome outcome) {
        Kind kind = switch (outcome) {
            case Outcome.Ok ignored -> Kind.OK;
            case Outcome.Violated ignored -> Kind.VIOLATED;
            case Outcome.NotApplicable ignored -> Kind.NOT_APPLICABLE;
        };
        return new CheckReply(kind, outcome.sentence());
    }
}
