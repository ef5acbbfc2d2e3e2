package dev.assay.results.database;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import dev.assay.results.Sums;
import dev.assay.results.sql.SharedStore.Pushed;
import dev.assay.results.sql.SharedStore.StoredRun;
import dev.assay.results.sql.StoreBusyException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PostgresStoreTest {
    @SuppressWarnings("NullAway.Init") // set before all tests
    private static PostgresServer server;

    @TempDir
    Path folder;

    private String database = "";

    @SuppressWarnings("NullAway.Init") // set before each test
    private StoreUrl url;

    @BeforeAll
    static void startServer() throws Exception {
        server = PostgresServer.start();
    }

    @AfterAll
    static void stopServer() throws Exception {
        server.close();
    }

    @BeforeEach
    void makeDatabase() throws SQLException {
        database = server.database();
        url = server.url(database);
    }

    private static Map<String, byte[]> contents(Path folder) throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                contents.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        return contents;
    }

    private static void assertSameFiles(Path expected, Path actual) throws IOException {
        Map<String, byte[]> ours = contents(expected);
        Map<String, byte[]> theirs = contents(actual);
        assertEquals(ours.keySet(), theirs.keySet());
        ours.forEach((name, bytes) -> assertArrayEquals(bytes, theirs.get(name), name));
    }

    private long count(String sql) throws SQLException {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }

    private static void assertRefused(String words, org.junit.jupiter.api.function.Executable action) {
        HarnessException refused = assertThrows(HarnessException.class, action);
        assertTrue(refused.getMessage().contains(words), refused.getMessage());
        assertFalse(refused.getMessage().contains(PostgresServer.PASSWORD), refused.getMessage());
        assertFalse(refused.getMessage().contains("word:1"), refused.getMessage());
    }

    @Test
    void aPulledRunIsTheOneThatWasPushed() throws Exception {
        RunFolder run = Runs.run(folder, "run-a");
        try (PostgresStore store = PostgresStore.open(url)) {
            assertEquals(new Pushed(true, List.of()), store.push(run));
            assertEquals(new Pushed(false, List.of()), store.push(run), "once more is no change");
            RunFolder pulled = store.pull("run-a", folder.resolve("pulled"));
            assertSameFiles(run.path(), pulled.path());
            assertRefused("is there already", () -> store.pull("run-a", folder.resolve("pulled")));
            assertRefused("no run 'run-b' is stored", () -> store.pull("run-b", folder.resolve("pulled")));
            assertRefused("no run '../x' is stored", () -> store.pull("../x", folder.resolve("pulled")));
            List<StoredRun> stored = store.runs();
            assertEquals(1, stored.size());
            assertEquals("2026-11-28T08:00:00.250Z", stored.getFirst().startedAt());
            assertEquals("xeon-1", stored.getFirst().hwClass());
        }
        assertEquals(1, count("SELECT count(*) FROM assay.run"));
    }

    @Test
    void aLargeFileIsKeptInPieces() throws Exception {
        RunFolder run = Runs.run(folder, "run-a");
        byte[] events = new byte[9 << 20];
        new java.util.Random(5).nextBytes(events);
        Files.write(run.file(RunFolder.EVENTS), events);
        resum(run);
        Files.createDirectory(run.file(RunFolder.TRACE));
        try (PostgresStore store = PostgresStore.open(url)) {
            assertEquals(new Pushed(true, List.of("trace")), store.push(run), "what has no sum is named");
            store.pull("run-a", folder.resolve("pulled"));
        }
        assertEquals(3, count("SELECT count(*) FROM assay.piece WHERE name = 'events.ndjson'"));
        assertArrayEquals(events, Files.readAllBytes(folder.resolve("pulled/run-a/events.ndjson")));
    }

    private static void resum(RunFolder run) throws IOException {
        Files.writeString(
                run.file(RunFolder.SUMS),
                Sums.of(run.path(), Sums.read(run.file(RunFolder.SUMS)).hashes().keySet())
                        .format());
    }

    @Test
    void anotherRunOfTheSameNameIsRefused() throws Exception {
        RunFolder run = Runs.run(folder, "run-a");
        RunFolder other = Runs.run(folder.resolve("other"), "run-a");
        Files.writeString(other.file(RunFolder.EVENTS), "{}\n");
        resum(other);
        try (PostgresStore store = PostgresStore.open(url)) {
            store.push(run);
            assertRefused("another run of the name run-a is stored", () -> store.push(other));
            assertSameFiles(
                    run.path(), store.pull("run-a", folder.resolve("pulled")).path());
        }
    }

    @Test
    void aFolderThatIsNotWhatItsSumsSayIsRefused() throws Exception {
        RunFolder run = Runs.run(folder, "run-a");
        try (PostgresStore store = PostgresStore.open(url)) {
            Files.writeString(run.file(RunFolder.TIMING), "edited\n");
            assertRefused("'timing.csv' is not what was written", () -> store.push(run));
            Files.delete(run.file(RunFolder.TIMING));
            assertRefused("'timing.csv' is missing", () -> store.push(run));
            Files.writeString(run.file(RunFolder.SUMS), "0".repeat(64) + "  ../../etc/passwd\n");
            assertRefused("SHA256SUMS, line 1", () -> store.push(run));
            Files.delete(run.file(RunFolder.SUMS));
            assertRefused("the run is not finished", () -> store.push(run));
            assertEquals(List.of(), store.runs());
        }
        assertEquals(0, count("SELECT count(*) FROM assay.run"), "nothing was begun");
    }

    /// Each pushes a run of its own and one that all share, through connections of their own, into a
    /// database that has no tables yet.
    @Test
    void eightWritersAtOnceStoreEveryRunOnce() throws Exception {
        int writers = 8;
        RunFolder shared = Runs.run(folder, "shared");
        List<RunFolder> own = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            own.add(Runs.run(folder, "own-" + i));
        }
        List<Callable<Boolean>> tasks = own.stream()
                .<Callable<Boolean>>map(run -> () -> {
                    try (PostgresStore store = PostgresStore.open(url)) {
                        boolean first = store.push(shared).stored();
                        assertTrue(store.push(run).stored());
                        assertFalse(store.push(run).stored());
                        assertFalse(store.push(shared).stored());
                        return first;
                    }
                })
                .toList();
        int first = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
            for (Future<Boolean> done : threads.invokeAll(tasks)) {
                first += done.get() ? 1 : 0;
            }
        }
        assertEquals(1, first, "one of them stored the shared run");
        assertEquals(writers + 1, count("SELECT count(*) FROM assay.sealed_run"));
        assertEquals(8L * (writers + 1), count("SELECT count(*) FROM assay.file"), "one copy of each file");
        assertEquals(1, count("SELECT count(*) FROM assay.schema_version"));
        try (PostgresStore store = PostgresStore.open(url)) {
            assertSameFiles(
                    shared.path(),
                    store.pull("shared", folder.resolve("pulled")).path());
        }
    }

    /// It had uploaded everything and fell silent; another one stored the run meanwhile.
    @Test
    void theLateCommitOfAStaleWriterIsRefused() throws Exception {
        RunFolder run = Runs.run(folder, "run-a");
        AtomicReference<Pushed> other = new AtomicReference<>();
        Runnable meanwhile = () -> {
            try (PostgresStore store = PostgresStore.open(url)) {
                other.set(store.push(run));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        };
        try (PostgresStore stale = PostgresStore.open(url, Duration.ZERO, meanwhile)) {
            StoreBusyException refused = assertThrows(StoreBusyException.class, () -> stale.push(run));
            assertTrue(refused.getMessage().contains("another writer took over run run-a"), refused.getMessage());
            assertEquals(new Pushed(true, List.of()), other.get());
            assertFalse(stale.push(run).stored(), "and it sees that nothing is left to do");
        }
        assertEquals(8, count("SELECT count(*) FROM assay.file"), "nothing of the stale attempt is left");
        assertEquals(2, count("SELECT fence FROM assay.run"), "the later fence");
    }

    /// Even if a stale writer leaves out the fence, a sealed run stays what it is.
    @Test
    void aSealedRunNeverChanges() throws Exception {
        try (PostgresStore store = PostgresStore.open(url)) {
            store.push(Runs.run(folder, "run-a"));
        }
        for (String sql : List.of(
                "UPDATE assay.run SET content_sha256 = repeat('0', 64)",
                "UPDATE assay.file SET bytes = 0",
                "UPDATE assay.piece SET content = ''",
                "DELETE FROM assay.run")) {
            assertThrows(SQLException.class, () -> server.execute(database, sql), sql);
        }
    }

    /// A process of its own, killed when all is uploaded and nothing sealed.
    @Test
    void nothingIsLeftOfAKilledWriter() throws Exception {
        RunFolder run = Runs.run(folder, "run-a");
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SilentWriter.class.getName(),
                        server.address(PostgresServer.USER, database),
                        run.path().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader said = writer.inputReader()) {
            assertEquals("uploaded", said.readLine());
            assertEquals(1, count("SELECT count(*) FROM assay.run WHERE state = 'writing'"));
            assertEquals(0, count("SELECT count(*) FROM assay.file"), "not seen before it is sealed");
        } finally {
            writer.destroyForcibly().waitFor();
        }
        try (PostgresStore store = PostgresStore.open(url)) {
            assertEquals(List.of(), store.runs());
            assertRefused("no run 'run-a' is stored", () -> store.pull("run-a", folder.resolve("none")));
            assertTrue(store.push(run).stored(), "without waiting for the lease of ten minutes");
            assertSameFiles(
                    run.path(), store.pull("run-a", folder.resolve("pulled")).path());
        }
        assertEquals(8, count("SELECT count(*) FROM assay.file"));
    }

    @Test
    void aLostConnectionIsSaidToBeOne() throws Exception {
        RunFolder run = Runs.run(folder, "run-a");
        Runnable cut = () -> {
            try {
                server.execute(
                        "postgres",
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + database + "'");
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        };
        try (PostgresStore store = PostgresStore.open(url, Duration.ofMinutes(10), cut)) {
            StoreBusyException lost = assertThrows(StoreBusyException.class, () -> store.push(run));
            assertTrue(lost.getMessage().contains("cannot be reached"), lost.getMessage());
        }
        assertEquals(0, count("SELECT count(*) FROM assay.file"));
        try (PostgresStore store = PostgresStore.open(url)) {
            assertTrue(store.push(run).stored());
        }
    }

    @Test
    void aDamagedStoreIsNoticedAndWritesNothing() throws Exception {
        try (PostgresStore store = PostgresStore.open(url)) {
            store.push(Runs.run(folder, "run-a"));
            Path into = folder.resolve("pulled");
            damage("UPDATE assay.piece SET content = content || '\\x20' WHERE name = 'cases.csv'");
            assertRefused("'cases.csv' does not have the hash", () -> store.pull("run-a", into));
            damage("DELETE FROM assay.piece WHERE name = 'cases.csv'");
            assertRefused("'cases.csv' does not have the hash", () -> store.pull("run-a", into));
            damage("UPDATE assay.file SET sha256 = '"
                    + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
                    + "' WHERE name = 'cases.csv'");
            assertRefused("'cases.csv' is not what was written", () -> store.pull("run-a", into));
            damage("INSERT INTO assay.file SELECT run_id, fence, '../../escaped', 0, sha256 FROM assay.file LIMIT 1");
            assertRefused("a file is called '../../escaped'", () -> store.pull("run-a", into));
            assertEquals(Map.of(), contents(into), "no half of a run");
        }
        assertFalse(Files.exists(folder.resolve("escaped")));
    }

    private void damage(String sql) throws SQLException {
        server.execute(database, "SET session_replication_role = replica; " + sql);
    }

    @Test
    void whoCannotGetInIsToldWhy() throws Exception {
        server.execute("postgres", "CREATE ROLE guest LOGIN PASSWORD 'guest-secret'");
        String guest = server.address("guest", database);
        StoreUrl wrong = StoreUrl.of(guest, Map.of("PGPASSWORD", PostgresServer.PASSWORD));
        assertRefused("does not let this user in", () -> PostgresStore.open(wrong));
        StoreUrl nobody = StoreUrl.of(guest, Map.of());
        assertRefused("PGPASSWORD", () -> PostgresStore.open(nobody));
        StoreUrl elsewhere =
                StoreUrl.of(server.address(PostgresServer.USER, "none"), Map.of("PGPASSWORD", PostgresServer.PASSWORD));
        assertRefused("there is no database 'none'", () -> PostgresStore.open(elsewhere));
        StoreUrl silent = StoreUrl.of("postgresql://127.0.0.1:1/x", Map.of("PGPASSWORD", PostgresServer.PASSWORD));
        assertThrows(StoreBusyException.class, () -> PostgresStore.open(silent));
        assertRefused("cannot be reached", () -> PostgresStore.open(silent));
        StoreUrl right = StoreUrl.of(guest, Map.of("PGPASSWORD", "guest-secret"));
        assertRefused(
                "lacks a right: ERROR: permission denied for database " + database, () -> PostgresStore.open(right));
    }

    /// The rights of docs/database.md are enough, and a reader needs none to write.
    @Test
    void readersAndWritersNeedNoMoreThanTheirRights() throws Exception {
        RunFolder run = Runs.run(folder, "run-a");
        try (PostgresStore store = PostgresStore.open(url)) {
            store.push(run);
        }
        server.execute(database, """
            CREATE ROLE reader LOGIN PASSWORD 'r';
            CREATE ROLE writer LOGIN PASSWORD 'w';
            GRANT USAGE ON SCHEMA assay TO writer, reader;
            GRANT SELECT ON ALL TABLES IN SCHEMA assay TO reader;
            GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA assay TO writer;
            GRANT UPDATE ON assay.run TO writer;
            GRANT USAGE ON SEQUENCE assay.fence TO writer\
            """);
        StoreUrl reader = StoreUrl.of(server.address("reader", database), Map.of("PGPASSWORD", "r"));
        RunFolder other = Runs.run(folder, "run-b");
        try (PostgresStore store = PostgresStore.open(reader)) {
            assertSameFiles(
                    run.path(), store.pull("run-a", folder.resolve("pulled")).path());
            assertRefused("lacks a right", () -> store.push(other));
        }
        StoreUrl writer = StoreUrl.of(server.address("writer", database), Map.of("PGPASSWORD", "w"));
        try (PostgresStore store = PostgresStore.open(writer)) {
            assertTrue(store.push(other).stored());
        }
    }

    @Test
    void tablesOfANewerVersionAreLeftAlone() throws Exception {
        PostgresStore.open(url).close();
        server.execute(database, "INSERT INTO assay.schema_version (version) VALUES (99)");
        assertRefused("the store has version 99 of its tables", () -> PostgresStore.open(url));
    }

    @Test
    void oddPasswordsAndNamesOfDatabasesWork() throws Exception {
        server.execute("postgres", "CREATE DATABASE \"odd name/é\"");
        String encoded = "postgresql://assay:p%40ss%2Fword%3A1@127.0.0.1:" + server.port() + "/odd%20name%2F%C3%A9";
        try (PostgresStore store = PostgresStore.open(StoreUrl.of(encoded, Map.of()))) {
            assertEquals(List.of(), store.runs());
        }
    }
}
