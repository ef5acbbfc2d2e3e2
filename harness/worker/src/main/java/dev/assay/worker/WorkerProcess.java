package dev.assay.worker;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A worker process as the harness sees it.
///
/// Messages go over a Unix-domain socket in a folder that only the user can enter; what the process prints goes to a
/// log, for a crashing JVM prints on standard output whatever it is told. Once it is connected both have lost their
/// names, so that nothing is left behind whoever is killed.
public final class WorkerProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration END_LIMIT = Duration.ofSeconds(5);

    /// For one that still talks, but nonsense: time enough to crash, if that is what it was about to do.
    private static final Duration NONSENSE_LIMIT = Duration.ofMillis(500);

    private final Process process;
    private final Log log;
    private final Frames frames;
    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private final BlockingQueue<ByteBuffer> unsent = new LinkedBlockingQueue<>();
    private final Thread sender = Thread.ofVirtual().name("assay-worker-sender").unstarted(this::sendAll);
    private Received.@Nullable Ended ended;

    /// What came from a worker, or did not.
    public sealed interface Received {
        record Message(String content) implements Received {}

        /// Nothing within the time limit.
        record Silence() implements Received {}

        /// The process is gone, or speaks another protocol; says how it ended.
        record Ended(String how) implements Received {}
    }

    private WorkerProcess(Process process, Log log, Frames frames) {
        this.process = process;
        this.log = log;
        this.frames = frames;
    }

    /// Starts a process and waits until it connects.
    ///
    /// @param command its command line; the path of the socket is added as last argument
    /// @param environment variables set in addition to our own
    /// @throws IOException with the process's last words if it ends or keeps silent instead
    public static WorkerProcess start(List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        return start(command, environment, START_LIMIT);
    }

    /// @param limit how long to wait for it to connect
    static WorkerProcess start(List<String> command, Map<String, String> environment, Duration limit)
            throws IOException, InterruptedException {
        Leftovers.remove(Path.of(System.getProperty("java.io.tmpdir")));
        Path folder = Files.createTempDirectory(
                Leftovers.prefix(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path socket = folder.resolve("s");
        @Nullable Process process = null;
        @Nullable Log log = null;
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            server.configureBlocking(false);
            log = new Log(folder.resolve("log"));
            List<String> full = new ArrayList<>(command);
            full.add(socket.toString());
            ProcessBuilder builder = new ProcessBuilder(full)
                    .redirectErrorStream(true)
                    .redirectOutput(log.file().toFile())
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
            builder.environment().putAll(environment);
            process = builder.start();
            SocketChannel channel = accept(server, process, log, limit);
            channel.configureBlocking(true);
            WorkerProcess worker = new WorkerProcess(process, log, new Frames(channel));
            deleteQuietly(folder);
            Thread.ofVirtual().name("assay-worker-listener").start(worker::listen);
            worker.sender.start();
            return worker;
        } catch (IOException | InterruptedException | RuntimeException e) {
            if (process != null) {
                kill(process);
            }
            if (log != null) {
                log.close();
            }
            deleteQuietly(folder);
            throw e;
        }
    }

    private static SocketChannel accept(ServerSocketChannel server, Process process, Log log, Duration limit)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (true) {
            SocketChannel channel = server.accept();
            if (channel != null) {
                return channel;
            }
            if (!process.isAlive()) {
                throw new IOException("the worker ended before it connected: " + how(process, log));
            }
            if (System.nanoTime() - end > 0) {
                throw new IOException("the worker did not connect within " + words(limit) + withLastWords(log));
            }
            Thread.sleep(2);
        }
    }

    private static String words(Duration limit) {
        return limit.toSeconds() > 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
    }

    private void listen() {
        try {
            while (true) {
                received.add(new Received.Message(frames.receive()));
            }
        } catch (ProtocolException e) {
            received.add(new Received.Ended(String.valueOf(e.getMessage())));
        } catch (IOException e) {
            // How the process ended says more than how its connection did.
            received.add(new Received.Ended(""));
        }
    }

    /// Sends a message without waiting until it is taken: a process that hangs does not take any. That it is gone
    /// shows at the next [#receive], not here. Throws IllegalArgumentException for a message that is too large.
    public void send(String message) {
        unsent.add(Frames.frame(message));
    }

    private void sendAll() {
        try {
            while (true) {
                frames.send(unsent.take());
            }
        } catch (IOException | InterruptedException e) {
            // The listener has met, or will meet, the end of the stream and reports how the process ended.
            return;
        }
    }

    /// The next message, or what is there instead of one. For one thread at a time.
    public Received receive(Duration limit) throws InterruptedException {
        if (ended != null) {
            return ended;
        }
        Received next = received.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        if (next instanceof Received.Ended(String problem)) {
            ended = new Received.Ended(end(problem));
            return ended;
        }
        return next == null ? new Received.Silence() : next;
    }

    private String end(String problem) throws InterruptedException {
        Duration limit = problem.isEmpty() ? END_LIMIT : NONSENSE_LIMIT;
        if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
            return problem.isEmpty() ? how(process, log) : problem + "; " + how(process, log);
        }
        // Its exit code would be ours, not its own.
        kill();
        return (problem.isEmpty() ? "it closed the connection and went on" : problem) + "; it was killed"
                + withLastWords(log);
    }

    private static String how(Process process, Log log) {
        return ending(process.exitValue()) + withLastWords(log);
    }

    private static String withLastWords(Log log) {
        String words = log.lastWords();
        return words.isEmpty() ? "" : "; last words: " + words;
    }

    /// An exit code in words: 128 + n is signal n by the shells' convention, which Java follows. Numbers as on
    /// Linux.
    static String ending(int code) {
        String signal = switch (code - 128) {
            case 1 -> "SIGHUP";
            case 2 -> "SIGINT";
            case 3 -> "SIGQUIT";
            case 4 -> "SIGILL";
            case 5 -> "SIGTRAP";
            case 6 -> "SIGABRT";
            case 7 -> "SIGBUS";
            case 8 -> "SIGFPE";
            case 9 -> "SIGKILL";
            case 11 -> "SIGSEGV";
            case 13 -> "SIGPIPE";
            case 15 -> "SIGTERM";
            case 24 -> "SIGXCPU";
            case 25 -> "SIGXFSZ";
            case 31 -> "SIGSYS";
            default -> "";
        };
        return signal.isEmpty() ? "exit code " + code : "exit code " + code + " (" + signal + ")";
    }

    /// Whether a process that ended so was killed by somebody else: by a user, or by the system for want of memory.
    public static boolean wasKilled(String how) {
        return how.contains("(SIGKILL)") || how.contains("(SIGTERM)");
    }

    /// The end of what the process printed, on one line.
    public String lastWords() {
        return log.lastWords();
    }

    public long pid() {
        return process.pid();
    }

    /// Ends the process and all its children, now.
    public void kill() {
        kill(process);
    }

    private static void kill(Process process) {
        List<ProcessHandle> children = process.descendants().toList();
        // The parent first: it must not start another child meanwhile.
        process.destroyForcibly();
        kill(children);
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void kill(List<ProcessHandle> children) {
        for (ProcessHandle child : children) {
            child.descendants().forEach(ProcessHandle::destroyForcibly);
            child.destroyForcibly();
        }
    }

    /// Lets the process end by itself, for it notices that the connection is gone; kills it if it does not, and
    /// those of its children that it leaves behind.
    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList();
        sender.interrupt();
        try {
            frames.close();
            if (!process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                kill();
            }
        } catch (IOException e) {
            kill();
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
        kill(children);
        log.close();
    }

    private static void deleteQuietly(Path folder) {
        for (String name : List.of("s", "log", "")) {
            try {
                Files.deleteIfExists(folder.resolve(name));
            } catch (IOException e) {
                // A folder in the temporary directory is left behind; nothing depends on it.
                return;
            }
        }
    }
}
