package dev.assay.worker;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A worker process as the harness sees it.
///
/// Messages go over a Unix-domain socket in a folder that only the user can enter; what the process prints goes to a
/// log, for a crashing JVM prints on standard output whatever it is told.
public final class WorkerProcess implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration END_LIMIT = Duration.ofSeconds(5);
    private static final int LAST_WORDS = 2000;

    private final Process process;
    private final Path folder;
    private final Path log;
    private final Frames frames;
    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();

    /// What came from a worker, or did not.
    public sealed interface Received {
        record Message(String content) implements Received {}

        /// Nothing within the time limit.
        record Silence() implements Received {}

        /// The process is gone, or speaks another protocol; says how it ended.
        record Ended(String how) implements Received {}
    }

    private WorkerProcess(Process process, Path folder, Path log, Frames frames) {
        this.process = process;
        this.folder = folder;
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
        Path folder = Files.createTempDirectory(
                "assay-", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path socket = folder.resolve("s");
        Path log = folder.resolve("log");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            server.configureBlocking(false);
            List<String> full = new java.util.ArrayList<>(command);
            full.add(socket.toString());
            Process process = new ProcessBuilder(full)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .redirectInput(
                            ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .start();
            SocketChannel channel = accept(server, process, log);
            channel.configureBlocking(true);
            WorkerProcess worker = new WorkerProcess(process, folder, log, new Frames(channel));
            Thread.ofVirtual().name("assay-worker-listener").start(worker::listen);
            return worker;
        } catch (IOException | InterruptedException e) {
            deleteQuietly(folder);
            throw e;
        }
    }

    private static SocketChannel accept(ServerSocketChannel server, Process process, Path log)
            throws IOException, InterruptedException {
        long limit = System.nanoTime() + START_LIMIT.toNanos();
        while (true) {
            SocketChannel channel = server.accept();
            if (channel != null) {
                return channel;
            }
            if (!process.isAlive()) {
                throw new IOException("the worker ended before it connected: " + how(process, log));
            }
            if (System.nanoTime() > limit) {
                process.destroyForcibly();
                throw new IOException(
                        "the worker did not connect within " + START_LIMIT.toSeconds() + " s: " + lastWords(log));
            }
            Thread.sleep(2);
        }
    }

    private void listen() {
        try {
            while (true) {
                received.add(new Received.Message(frames.receive()));
            }
        } catch (EOFException e) {
            received.add(new Received.Ended(""));
        } catch (IOException e) {
            received.add(new Received.Ended(String.valueOf(e.getMessage())));
        }
    }

    /// Sends a message. That the process is gone shows at the next [#receive], not here.
    public void send(String message) {
        try {
            frames.send(message);
        } catch (IOException e) {
            // The listener has met, or will meet, the end of the stream and reports how the process ended.
            process.destroy();
        }
    }

    /// The next message, or what is there instead of one.
    public Received receive(Duration limit) throws InterruptedException {
        Received next = received.poll(limit.toNanos(), TimeUnit.NANOSECONDS);
        if (next == null) {
            return new Received.Silence();
        }
        if (next instanceof Received.Ended(String problem)) {
            if (!process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly().waitFor();
            }
            String how = how(process, log);
            return new Received.Ended(problem.isEmpty() ? how : problem + "; " + how);
        }
        return next;
    }

    private static String how(Process process, Path log) {
        int code = process.isAlive() ? -1 : process.exitValue();
        String words = lastWords(log);
        return ending(code) + (words.isEmpty() ? "" : "; last words: " + words);
    }

    /// An exit code in words: 128 + n is signal n by the shells' convention, which Java follows.
    static String ending(int code) {
        String signal = switch (code - 128) {
            case 2 -> "SIGINT";
            case 4 -> "SIGILL";
            case 6 -> "SIGABRT";
            case 7 -> "SIGBUS";
            case 8 -> "SIGFPE";
            case 9 -> "SIGKILL";
            case 11 -> "SIGSEGV";
            case 15 -> "SIGTERM";
            default -> "";
        };
        return signal.isEmpty() ? "exit code " + code : "exit code " + code + " (" + signal + ")";
    }

    /// The end of what the process printed, on one line.
    public String lastWords() {
        return lastWords(log);
    }

    private static String lastWords(Path log) {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            long length = file.length();
            byte[] tail = new byte[(int) Math.min(LAST_WORDS, length)];
            file.seek(length - tail.length);
            file.readFully(tail);
            return new String(tail, StandardCharsets.UTF_8).strip().replaceAll("\\s*\\R\\s*", " | ");
        } catch (IOException e) {
            return "";
        }
    }

    public long pid() {
        return process.pid();
    }

    /// Ends the process and all its children, now.
    public void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Lets the process end by itself, for it notices that the connection is gone; kills it if it does not.
    @Override
    public void close() {
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
        deleteQuietly(folder);
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
