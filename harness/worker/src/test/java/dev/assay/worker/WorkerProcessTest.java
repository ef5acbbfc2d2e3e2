package dev.assay.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.worker.WorkerProcess.Received;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// With real processes, few of them for each costs half a second.
@Timeout(60)
class WorkerProcessTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(200);

    @AfterEach
    void noFolderIsLeftBehind() throws IOException {
        assertEquals(List.of(), folders());
    }

    private static List<Path> folders() throws IOException {
        try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            return all.filter(path -> path.getFileName().toString().startsWith(Leftovers.prefix()))
                    .toList();
        }
    }

    private WorkerProcess start(String what, String... flags) throws IOException, InterruptedException {
        WorkerProcess worker = WorkerProcess.start(TestWorker.command(what, flags), Map.of("ASSAY_TEST", "set"));
        assertEquals(List.of(), folders(), "a worker that runs needs no name of a file");
        return worker;
    }

    private static String message(WorkerProcess worker) throws InterruptedException {
        return assertInstanceOf(Received.Message.class, worker.receive(LONG)).content();
    }

    private static String ended(WorkerProcess worker) throws InterruptedException {
        String how =
                assertInstanceOf(Received.Ended.class, worker.receive(LONG)).how();
        assertEquals(new Received.Ended(how), worker.receive(SHORT), "ended once, ended for ever");
        return how;
    }

    private static boolean isRunning(long pid) throws IOException {
        Path stat = Path.of("/proc", "" + pid, "stat");
        try {
            String text = Files.readString(stat);
            // One that is dead but not yet buried does not run.
            return !text.substring(text.lastIndexOf(')') + 2).startsWith("Z");
        } catch (java.nio.file.NoSuchFileException e) {
            return false;
        }
    }

    private static void assertGone(long pid) throws IOException, InterruptedException {
        for (int i = 0; i < 500 && isRunning(pid); i++) {
            Thread.sleep(10);
        }
        assertFalse(isRunning(pid), "process " + pid);
    }

    @Test
    void answersComeInOrderAndTheWorkerEndsNormally() throws Exception {
        try (WorkerProcess worker = start("echo")) {
            for (int i = 0; i < 100; i++) {
                worker.send("m" + i);
            }
            for (int i = 0; i < 100; i++) {
                assertEquals("m" + i, message(worker));
            }
            String large = "é".repeat(4_000_000);
            worker.send(large);
            assertEquals(large, message(worker));
            assertEquals(new Received.Silence(), worker.receive(SHORT));
            worker.send("environment");
            assertEquals("set", message(worker), "variables of the caller");
            worker.send("inherited");
            assertEquals(System.getenv("PATH"), message(worker), "and our own");
            worker.send("input");
            assertEquals("-1", message(worker), "nobody waits for the terminal");
            assertThrows(IllegalArgumentException.class, () -> worker.send("x".repeat(Frames.LARGEST + 1)));
            worker.send("after that");
            assertEquals("after that", message(worker));
            assertTrue(isRunning(worker.pid()));
            worker.send("end");
            assertEquals("exit code 0", ended(worker));
            worker.send("to nobody");
            assertEquals("exit code 0", ended(worker));
        }
    }

    @Test
    void exitCodeAndLastWordsOfAWorkerThatLeavesAreTold() throws Exception {
        try (WorkerProcess worker = start("echo")) {
            worker.send("exit");
            assertEquals("exit code 3; last words: leaving with 3", ended(worker));
        }
    }

    @Test
    void workerThatHaltsIsACrash() throws Exception {
        try (WorkerProcess worker = start("echo")) {
            worker.send("halt");
            assertEquals("exit code 99", ended(worker));
        }
    }

    @Test
    void workerKilledByASignalIsACrash() throws Exception {
        try (WorkerProcess worker = start("echo")) {
            assertEquals(
                    0,
                    new ProcessBuilder("kill", "-9", "" + worker.pid()).start().waitFor());
            assertEquals("exit code 137 (SIGKILL)", ended(worker));
        }
    }

    @Test
    void lastWordsOfACrashingJvmAreTold() throws Exception {
        try (WorkerProcess worker = start("echo")) {
            assertEquals(
                    0,
                    new ProcessBuilder("kill", "-SEGV", "" + worker.pid())
                            .start()
                            .waitFor());
            String how = ended(worker);
            assertTrue(how.startsWith("exit code "), how);
            assertTrue(how.contains("SIGSEGV (0xb)"), how);
            assertFalse(how.contains("\n"), "one line");
        }
    }

    @Test
    void hangIsSilenceAndKillEndsTheWorkerWithItsChildren() throws Exception {
        try (WorkerProcess worker = start("child")) {
            long child = Long.parseLong(message(worker));
            assertTrue(isRunning(child));
            long before = System.nanoTime();
            assertEquals(new Received.Silence(), worker.receive(SHORT));
            long waitedMs = (System.nanoTime() - before) / 1_000_000;
            assertTrue(waitedMs >= 200 && waitedMs < 5000, waitedMs + " ms");
            worker.kill();
            assertGone(worker.pid());
            assertGone(child);
            assertEquals("exit code 137 (SIGKILL)", ended(worker));
        }
    }

    @Test
    void closeEndsAWorkerThatHangsWithItsChildren() throws Exception {
        WorkerProcess worker = start("child");
        long child = Long.parseLong(message(worker));
        worker.close();
        assertGone(worker.pid());
        assertGone(child);
        worker.close();
    }

    @Test
    void megabytesOfOutputBlockNobodyAndTheirEndIsKept() throws Exception {
        try (WorkerProcess worker = start("echo", "-Dstderr.encoding=UTF-8")) {
            worker.send("noise");
            assertEquals("still here", message(worker));
            String words = worker.lastWords();
            assertTrue(words.endsWith("xxx | the end of the noise é"), words);
            assertTrue(words.length() < 2100, "a cell of a table has to hold them");
        }
    }

    @Test
    void lastWordsBeginWithAWholeCharacter() {
        // 2000 bytes from the end lie within one of the three-byte characters.
        IOException e = assertThrows(
                IOException.class,
                () -> WorkerProcess.start(
                        List.of("sh", "-c", "for i in $(seq 1000); do printf '\\344\\270\\255'; done; printf x"),
                        Map.of()));
        String words = String.valueOf(e.getMessage()).replaceAll(".*last words: ", "");
        assertEquals("\u4e2d".repeat(666) + "x", words);
    }

    @Test
    void workerThatTalksNonsenseIsKilledAndTold() throws Exception {
        try (WorkerProcess worker = start("garbage")) {
            String how = ended(worker);
            assertTrue(how.contains("does not speak this protocol"), how);
            assertTrue(how.endsWith("it was killed; last words: about to talk nonsense"), how);
            assertGone(worker.pid());
        }
    }

    // A program that computes does not read; what does not fit into the socket must not stop the harness for ever.
    @Test
    void workerThatDoesNotReadIsSilentAndDoesNotBlockTheSender() throws Exception {
        try (WorkerProcess worker = start("deaf")) {
            worker.send("x".repeat(8 << 20));
            worker.send("more");
            assertEquals(new Received.Silence(), worker.receive(SHORT));
            worker.kill();
            assertEquals("exit code 137 (SIGKILL)", ended(worker));
        }
    }

    @Test
    void workerOutOfMemoryIsTold() throws Exception {
        try (WorkerProcess worker = start("memory", "-XX:+ExitOnOutOfMemoryError")) {
            String how = ended(worker);
            assertTrue(how.startsWith("exit code 3"), how);
            assertTrue(how.contains("OutOfMemoryError"), how);
        }
    }

    @Test
    void onlyTheUserCanReachTheSocket() {
        IOException e = assertThrows(
                IOException.class,
                () -> WorkerProcess.start(
                        List.of("sh", "-c", "stat -c %A $(dirname $0); stat -c %A $0; exit 1"), Map.of()));
        assertTrue(String.valueOf(e.getMessage()).contains("drwx------"), e.getMessage());
    }

    @Test
    void whatAKilledProcessLeftBehindIsRemoved(@TempDir Path folder) throws IOException {
        long gone = 4_000_000_000L;
        Path left = Files.createDirectory(folder.resolve("assay-" + gone + "-17"));
        Files.createFile(left.resolve("s"));
        Path mine = Files.createFile(folder.resolve(Leftovers.prefix() + "18"));
        Path other = Files.createFile(folder.resolve("assay-notes"));
        Leftovers.remove(folder);
        assertFalse(Files.exists(left));
        assertTrue(Files.exists(mine));
        assertTrue(Files.exists(other));
    }

    @Test
    void processThatEndsBeforeItConnectsIsToldWithItsLastWords() {
        IOException e = assertThrows(
                IOException.class,
                () -> WorkerProcess.start(List.of("sh", "-c", "echo no device; echo found >&2; exit 4"), Map.of()));
        assertEquals(
                "the worker ended before it connected: exit code 4; last words: no device | found", e.getMessage());
    }

    @Test
    void startThatFailsLeavesNoFolderBehind() {
        IOException e = assertThrows(
                IOException.class, () -> WorkerProcess.start(List.of("sh", "-c", "echo $0; exit 4"), Map.of()));
        Path socket = Path.of(String.valueOf(e.getMessage()).replaceAll(".*last words: ", ""));
        assertEquals("s", socket.getFileName().toString());
        assertFalse(Files.exists(socket.getParent()), socket.toString());
    }

    @Test
    void processThatDoesNotConnectIsKilledWithItsChildren() throws Exception {
        IOException e = assertThrows(
                IOException.class,
                () -> WorkerProcess.start(
                        List.of("sh", "-c", "sleep 600 & echo $! $$; wait"), Map.of(), Duration.ofMillis(500)));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith("the worker did not connect within 500 ms; last words: "), message);
        String[] pids = message.replaceAll(".*: ", "").split(" ", -1);
        for (String pid : pids) {
            assertGone(Long.parseLong(pid));
        }
    }

    @Test
    void interruptedStartLeavesNoProcessBehind() throws Exception {
        Path told = Files.createTempFile("told", ".txt");
        try {
            Thread starter = Thread.ofPlatform()
                    .start(() -> assertThrows(
                            InterruptedException.class,
                            () -> WorkerProcess.start(
                                    List.of("sh", "-c", "echo $$ > " + told + "; exec sleep 600"), Map.of())));
            for (int i = 0; i < 1000 && Files.size(told) == 0; i++) {
                Thread.sleep(10);
            }
            long pid = Long.parseLong(Files.readString(told).strip());
            starter.interrupt();
            starter.join();
            assertGone(pid);
        } finally {
            Files.delete(told);
        }
    }

    @Test
    void programThatIsNotThereIsToldByName() {
        IOException e =
                assertThrows(IOException.class, () -> WorkerProcess.start(List.of("/nowhere/acme-worker"), Map.of()));
        assertTrue(String.valueOf(e.getMessage()).contains("/nowhere/acme-worker"), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "0, exit code 0",
        "1, exit code 1",
        "3, exit code 3",
        "75, exit code 75",
        "128, exit code 128",
        "130, exit code 130 (SIGINT)",
        "132, exit code 132 (SIGILL)",
        "134, exit code 134 (SIGABRT)",
        "135, exit code 135 (SIGBUS)",
        "136, exit code 136 (SIGFPE)",
        "137, exit code 137 (SIGKILL)",
        "139, exit code 139 (SIGSEGV)",
        "141, exit code 141 (SIGPIPE)",
        "143, exit code 143 (SIGTERM)",
        "255, exit code 255"
    })
    void exitCodesAreToldInWords(int code, String words) {
        assertEquals(words, WorkerProcess.ending(code));
    }
}
