package dev.assay.worker;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// A worker that does what its first argument says; started as a process of its own.
final class TestWorker {
    private TestWorker() {}

    /// The command line without the socket.
    static List<String> command(String what, String... flags) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx64m",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=/dev/null"));
        command.addAll(List.of(flags));
        try {
            String tests = Path.of(TestWorker.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
            String main = Path.of(WorkerConnection.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
            command.addAll(List.of("-cp", tests + ":" + main, TestWorker.class.getName(), what));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        return command;
    }

    public static void main(String[] args) throws Exception {
        Path socket = Path.of(args[1]);
        if (args[0].equals("garbage") || args[0].equals("deaf")) {
            withoutProtocol(args[0], socket);
            return;
        }
        if (args[0].equals("leave")) {
            leave(socket);
        }
        try (WorkerConnection connection = WorkerConnection.connect(socket)) {
            switch (args[0]) {
                case "echo" -> echo(connection);
                case "busy" -> {
                    connection.send("busy");
                    for (long i = 0; i >= 0; i += 2) {
                        // A kernel that never returns and cannot be interrupted.
                    }
                }
                case "child" -> {
                    Process child = new ProcessBuilder("sleep", "600").start();
                    connection.send("" + child.pid());
                    new CountDownLatch(1).await();
                }
                case "throw" -> throw new IllegalStateException("thrown after it connected");
                case "memory" -> {
                    byte[][] kept = new byte[1 << 10][];
                    for (int i = 0; i < kept.length; i++) {
                        kept[i] = new byte[1 << 20];
                    }
                    connection.send("more memory than allowed: " + kept.length);
                }
                default -> throw new IllegalArgumentException(args[0]);
            }
        }
    }

    private static void leave(Path socket) throws IOException, InterruptedException {
        try (WorkerConnection connection = WorkerConnection.connect(socket)) {
            connection.receive();
        }
        // Longer than the listener takes to notice.
        Thread.sleep(100);
        System.exit(3);
    }

    private static void echo(WorkerConnection connection) throws IOException, InterruptedException {
        while (true) {
            String message = connection.receive();
            switch (message) {
                case "end" -> {
                    return;
                }
                case "exit" -> {
                    System.out.println("leaving with 3");
                    System.exit(3);
                }
                case "halt" -> Runtime.getRuntime().halt(99);
                case "input" -> connection.send("" + System.in.read());
                case "environment" -> connection.send(String.valueOf(System.getenv("ASSAY_TEST")));
                case "inherited" -> connection.send(String.valueOf(System.getenv("PATH")));
                case "noise" -> {
                    byte[] line = ("x".repeat(1023) + "\n").getBytes(StandardCharsets.UTF_8);
                    for (int i = 0; i < 4096; i++) {
                        System.out.write(line);
                        System.err.write(line);
                    }
                    System.err.println("the end of the noise \u00E9");
                    System.out.flush();
                    connection.send("still here");
                }
                default -> connection.send(message);
            }
        }
    }

    private static void withoutProtocol(String what, Path socket) throws IOException, InterruptedException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            if (what.equals("garbage")) {
                System.out.println("about to talk nonsense");
                channel.write(ByteBuffer.wrap("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.UTF_8)));
            }
            new CountDownLatch(1).await();
        }
    }
}
