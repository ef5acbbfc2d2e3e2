package dev.assay.worker.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.backend.UnsupportedCallException;
import dev.assay.worker.WorkerProcess;
import dev.assay.worker.WorkerProcess.Received;
import dev.assay.worker.remote.BackendLostException.Kind;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Requests to a worker and its replies, one after the other, within a time limit.
final class Session implements AutoCloseable {
    private static final Duration STANDARD_LIMIT = Duration.ofMinutes(2);

    /// A program that sends a sign of life each second has kept silent after this.
    private static final double SILENT_SECONDS = 5;

    private final WorkerProcess process;
    private long number;
    private long deadline = System.nanoTime() + STANDARD_LIMIT.toNanos();
    private Duration limit = STANDARD_LIMIT;
    private @Nullable Long lastHeartbeat;
    private @Nullable BackendLostException lost;

    Session(WorkerProcess process) {
        this.process = process;
    }

    /// All requests from now on have to be answered within this time together.
    void limit(Duration time) {
        limit = time;
        deadline = System.nanoTime() + time.toNanos();
    }

    boolean isLost() {
        return lost != null;
    }

    /// Why the process is gone, if it is.
    Optional<BackendLostException> lost() {
        return Optional.ofNullable(lost);
    }

    long pid() {
        return process.pid();
    }

    /// The first message, which nobody asked for.
    Fields hello() {
        return understood(() -> {
            Fields fields = new Fields(next("hello"), "the first message");
            Fields hello = fields.object("hello");
            fields.nothingElse();
            return hello;
        });
    }

    /// Sends a request and waits for its reply.
    ///
    /// Throws [BackendLostException] if there is none, and what the reply's error says: [UnsupportedCallException],
    /// [OutOfMemoryError] or [RemoteException].
    Fields ask(String type, ObjectNode request) {
        if (lost != null) {
            throw lost;
        }
        number++;
        process.send(Wire.text(request.put("id", number).put("type", type)));
        Fields reply = understood(() -> reply(type));
        if (reply.has("error")) {
            fail(type, reply.object("error"));
        }
        return reply;
    }

    private Fields reply(String type) {
        Fields reply = new Fields(next(type), "the reply to " + type);
        if (reply.integer("id", 0) != number) {
            throw new WireException("a reply to request " + reply.integer("id", 0) + " when " + number
                    + " was asked, which was " + type);
        }
        if (reply.has("error")) {
            Fields error = reply.object("error");
            error.text("kind");
            error.text("message");
            error.nothingElse();
            reply.nothingElse();
        }
        return reply;
    }

    private static void fail(String type, Fields error) {
        String message = error.text("message");
        String told = message.isBlank()
                ? type + "() failed and did not say why"
                : message.startsWith(type + "()") ? message : type + "(): " + message;
        switch (error.text("kind")) {
            case "unsupported" -> throw new UnsupportedCallException(message);
            case "out_of_memory" -> throw new OutOfMemoryError(told);
            default -> throw new RemoteException(told);
        }
    }

    /// What reads a message and may find that it is none.
    interface Reading<T> {
        T read();
    }

    /// A violation of the protocol ends the process: nobody knows what state it is in.
    <T> T understood(Reading<T> reading) {
        try {
            return reading.read();
        } catch (WireException e) {
            throw violated(String.valueOf(e.getMessage()));
        }
    }

    BackendLostException violated(String what) {
        process.kill();
        return lose(Kind.VIOLATION, "the worker does not keep to the protocol: " + what + words());
    }

    /// The next message that is no sign of life.
    private JsonNode next(String waitingFor) {
        while (true) {
            JsonNode message = Wire.parse(received(waitingFor));
            if (message.size() != 1 || !message.has("heartbeat")) {
                return message;
            }
            lastHeartbeat = System.nanoTime();
        }
    }

    private String received(String waitingFor) {
        try {
            Received received = process.receive(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
            return switch (received) {
                case Received.Message(String content) -> content;
                case Received.Silence ignored -> {
                    process.kill();
                    throw lose(Kind.TIMEOUT, "no answer to " + waitingFor + " within " + seconds(limit) + signs());
                }
                case Received.Ended(String how) -> throw lose(Kind.CRASH, how);
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.kill();
            throw lose(Kind.CRASH, "interrupted; it was killed");
        }
    }

    private static String seconds(Duration limit) {
        return limit.toMillis() % 1000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
    }

    /// Whether the process still gave signs of life.
    private String signs() {
        if (lastHeartbeat == null) {
            return words();
        }
        double ago = (System.nanoTime() - lastHeartbeat) / 1e9;
        return (ago < SILENT_SECONDS
                        ? "; the process was alive and went on: what it ran was too slow, or hangs"
                        : "; the last sign of life came " + Math.round(ago) + " s before: the whole process hangs")
                + words();
    }

    private String words() {
        String words = process.lastWords();
        return words.isEmpty() ? "" : "; last words: " + words;
    }

    private BackendLostException lose(Kind kind, String how) {
        lost = new BackendLostException(kind, how);
        process.close();
        return lost;
    }

    /// Lets the process end.
    @Override
    public void close() {
        process.close();
    }
}
