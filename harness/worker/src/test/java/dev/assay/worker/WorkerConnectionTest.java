package dev.assay.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The worker's end, seen from a harness that may do anything.
@Timeout(30)
class WorkerConnectionTest {
    @TempDir
    Path folder;

    private final List<Process> started = new ArrayList<>();

    private SocketChannel start(String what) throws IOException {
        Path socket = folder.resolve("s");
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(socket));
            List<String> command = TestWorker.command(what);
            command.add(socket.toString());
            started.add(new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start());
            return server.accept();
        }
    }

    @AfterEach
    void killWhatIsLeft() {
        started.forEach(Process::destroyForcibly);
    }

    private int exitCode() throws InterruptedException {
        assertTrue(started.getLast().waitFor(20, TimeUnit.SECONDS), "it ends by itself");
        return started.getLast().exitValue();
    }

    @Test
    void workerWhoseHarnessIsGoneEndsInTheMiddleOfAKernel() throws Exception {
        try (Frames harness = new Frames(start("busy"))) {
            assertEquals("busy", harness.receive());
        }
        assertEquals(WorkerConnection.ORPHANED, exitCode());
    }

    @Test
    void workerWhoseHarnessTalksNonsenseEnds() throws Exception {
        try (SocketChannel harness = start("busy")) {
            assertEquals("busy", new Frames(harness).receive());
            harness.write(ByteBuffer.wrap(new byte[] {-1, -1, -1, -1}));
            assertEquals(WorkerConnection.ORPHANED, exitCode());
        }
    }

    @Test
    void workerThatHangsUpChoosesItsExitCode() throws Exception {
        try (Frames harness = new Frames(start("leave"))) {
            harness.send("go");
            assertEquals(3, exitCode());
        }
    }

    @Test
    void workerThatThrowsLeavesItsLastWords() throws Exception {
        try (SocketChannel harness = start("throw")) {
            assertEquals(1, exitCode());
            assertTrue(harness.isOpen());
            assertTrue(Files.readString(folder.resolve("log")).contains("thrown after it connected"));
        }
    }

    @Test
    void workerWithoutAHarnessDoesNotStart() {
        assertThrows(IOException.class, () -> WorkerConnection.connect(folder.resolve("nobody")));
    }
}
