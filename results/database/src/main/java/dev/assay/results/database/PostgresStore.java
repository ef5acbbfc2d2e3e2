package dev.assay.results.database;

import dev.assay.HarnessException;
import dev.assay.results.CellText;
import dev.assay.results.Manifest;
import dev.assay.results.RunFolder;
import dev.assay.results.Sums;
import dev.assay.results.sql.SharedStore;
import dev.assay.results.sql.StoreBusyException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/// A team's store in PostgreSQL.
///
/// A push claims the run with a fence, a number larger than that of any attempt before, uploads in one
/// transaction, and seals the run in the same one, provided that the fence is still the latest. So a writer
/// that was given up for dead, and comes back, is refused, and what a killed one had uploaded is gone with
/// its connection.
final class PostgresStore implements SharedStore {
    /// How long an attempt is waited for that neither ends nor loses its connection.
    private static final Duration LEASE = Duration.ofMinutes(10);

    private static final int PIECE = 4 << 20;
    private static final long FIRST_WAIT_MS = 20;
    private static final long LONGEST_WAIT_MS = 1000;

    private final StoreUrl url;
    private final Connection connection;
    private final Duration lease;
    private final Runnable beforeSeal;

    private PostgresStore(StoreUrl url, Duration lease, Runnable beforeSeal) {
        this.url = url;
        this.connection = Postgres.connect(url);
        this.lease = lease;
        this.beforeSeal = beforeSeal;
    }

    static PostgresStore open(StoreUrl url) {
        return open(url, LEASE, () -> {});
    }

    /// @param beforeSeal runs when all is uploaded and nothing is sealed; tests stop a writer there
    static PostgresStore open(StoreUrl url, Duration lease, Runnable beforeSeal) {
        return new PostgresStore(url, lease, beforeSeal);
    }

    @Override
    public Pushed push(RunFolder run) throws IOException {
        RunFiles files = RunFiles.checked(run);
        Manifest manifest = run.readManifest();
        String id = manifest.runId();
        if (!RunFiles.isName(id)) {
            throw new HarnessException(
                    "'" + id + "' is no name of a run",
                    run.file(RunFolder.MANIFEST) + ", field run_id",
                    "restore the file");
        }
        try {
            long wait = FIRST_WAIT_MS;
            while (true) {
                Optional<Long> fence = claim(id, files.sha256());
                if (fence.isPresent()) {
                    upload(run, files, manifest, fence.get());
                    return new Pushed(true, files.leftOut());
                }
                if (isSealed(id, files.sha256())) {
                    return new Pushed(false, files.leftOut());
                }
                Thread.sleep(wait);
                wait = Math.min(2 * wait, LONGEST_WAIT_MS);
            }
        } catch (SQLException e) {
            throw Postgres.explained(e, url);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StoreBusyException(
                    "interrupted while another writer stores run " + id, url.toString(), "try again");
        }
    }

    /// The fence, or nothing if the run is sealed or somebody alive is writing it.
    private Optional<Long> claim(String id, String sha256) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
            INSERT INTO assay.run (run_id, content_sha256, state, fence, backend_pid, lease_until)
            VALUES (?, ?, 'writing', nextval('assay.fence'), pg_backend_pid(), now() + ? * interval '1 millisecond')
            ON CONFLICT (run_id) DO UPDATE SET content_sha256 = excluded.content_sha256, fence = excluded.fence,
                backend_pid = excluded.backend_pid, lease_until = excluded.lease_until
            WHERE run.state = 'writing' AND (run.lease_until < now()
                OR NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = run.backend_pid))
            RETURNING fence\
            """)) {
            statement.setString(1, id);
            statement.setString(2, sha256);
            statement.setLong(3, lease.toMillis());
            try (ResultSet result = statement.executeQuery()) {
                return result.next() ? Optional.of(result.getLong(1)) : Optional.empty();
            }
        }
    }

    /// Whether exactly this run is stored. Throws if another of its name is.
    private boolean isSealed(String id, String sha256) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT state, content_sha256 FROM assay.run WHERE run_id = ?")) {
            statement.setString(1, id);
            try (ResultSet result = statement.executeQuery()) {
                if (!result.next() || !result.getString(1).equals("sealed")) {
                    return false;
                }
                if (!result.getString(2).equals(sha256)) {
                    throw new HarnessException(
                            "another run of the name " + id + " is stored: its sums have the hash "
                                    + result.getString(2) + ", these " + sha256,
                            url.toString(),
                            "pull it and see which of the two is right; a stored run never changes");
                }
                return true;
            }
        }
    }

    private void upload(RunFolder run, RunFiles files, Manifest manifest, long fence) throws SQLException, IOException {
        connection.setAutoCommit(false);
        try {
            long bytes = 0;
            for (Map.Entry<String, String> file : files.all().entrySet()) {
                bytes += upload(manifest.runId(), fence, run.file(file.getKey()), file.getKey(), file.getValue());
            }
            beforeSeal.run();
            if (!seal(run, manifest, fence, bytes)) {
                throw new StoreBusyException(
                        "another writer took over run " + manifest.runId()
                                + " while this one was silent; nothing of this attempt is stored",
                        url.toString() + ", fence " + fence,
                        "push again: if the other has stored the same run, nothing is left to do");
            }
            connection.commit();
        } catch (SQLException | IOException | RuntimeException e) {
            rollback(e);
            throw e;
        }
        connection.setAutoCommit(true);
    }

    private void rollback(Exception cause) {
        try {
            connection.rollback();
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    private long upload(String id, long fence, Path file, String name, String sha256) throws SQLException, IOException {
        long size = Files.size(file);
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO assay.file (run_id, fence, name, bytes, sha256) VALUES (?, ?, ?, ?, ?)")) {
            statement.setString(1, id);
            statement.setLong(2, fence);
            statement.setString(3, name);
            statement.setLong(4, size);
            statement.setString(5, sha256);
            statement.executeUpdate();
        }
        MessageDigest digest = RunFiles.digest();
        try (InputStream in = Files.newInputStream(file);
                PreparedStatement statement = connection.prepareStatement(
                        "INSERT INTO assay.piece (run_id, fence, name, number, content) VALUES (?, ?, ?, ?, ?)")) {
            byte[] buffer = new byte[PIECE];
            int number = 0;
            for (int read = in.readNBytes(buffer, 0, PIECE); read > 0; read = in.readNBytes(buffer, 0, PIECE)) {
                digest.update(buffer, 0, read);
                statement.setString(1, id);
                statement.setLong(2, fence);
                statement.setString(3, name);
                statement.setInt(4, number++);
                statement.setBytes(5, read == PIECE ? buffer : Arrays.copyOf(buffer, read));
                statement.executeUpdate();
            }
        }
        if (!HexFormat.of().formatHex(digest.digest()).equals(sha256)) {
            throw new HarnessException(
                    "'" + name + "' changed while it was read",
                    file.toString(),
                    "leave the folder alone, and push again");
        }
        return size;
    }

    /// Makes the run visible to all, if no later attempt has begun.
    private boolean seal(RunFolder run, Manifest manifest, long fence, long bytes) throws SQLException, IOException {
        String hwClass = run.readEnvironment().get("hw_class_id") instanceof String text ? text : "";
        try (PreparedStatement statement = connection.prepareStatement("""
            UPDATE assay.run SET state = 'sealed', sealed_at = now(), bytes = ?, started_at = ?, hw_class = ?,
                version = ?, commit = ?, complete = ?, exit_code = ?
            WHERE run_id = ? AND fence = ? AND state = 'writing'\
            """)) {
            statement.setLong(1, bytes);
            statement.setString(2, CellText.harmless(manifest.startedAt()));
            statement.setString(3, CellText.harmless(hwClass));
            statement.setString(4, CellText.harmless(manifest.version()));
            statement.setString(5, CellText.harmless(manifest.commit()));
            statement.setBoolean(6, manifest.complete());
            statement.setInt(7, manifest.exitCode());
            statement.setString(8, manifest.runId());
            statement.setLong(9, fence);
            return statement.executeUpdate() == 1;
        }
    }

    @Override
    public RunFolder pull(String runId, Path parent) throws IOException {
        Path target = parent.resolve(RunFiles.isName(runId) ? runId : "-");
        if (Files.exists(target)) {
            throw new HarnessException(
                    "'" + target + "' is there already", target.toString(), "give another folder with -o");
        }
        try {
            Stored stored = stored(runId);
            Files.createDirectories(parent);
            Path beside = parent.resolve("." + runId + "." + UUID.randomUUID());
            Files.createDirectory(beside);
            try {
                fetch(stored, beside);
                Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                delete(beside);
            }
            return RunFolder.of(target);
        } catch (SQLException e) {
            throw Postgres.explained(e, url);
        }
    }

    /// A sealed run.
    ///
    /// @param files hashes by name
    private record Stored(String runId, long fence, String sha256, Map<String, String> files) {}

    private Stored stored(String runId) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("""
            SELECT r.fence, r.content_sha256, f.name, f.sha256
            FROM assay.run r JOIN assay.file f ON f.run_id = r.run_id AND f.fence = r.fence
            WHERE r.run_id = ? AND r.state = 'sealed'\
            """)) {
            statement.setString(1, runId);
            try (ResultSet result = statement.executeQuery()) {
                Map<String, String> files = new TreeMap<>();
                long fence = 0;
                String sha256 = "";
                while (result.next()) {
                    fence = result.getLong(1);
                    sha256 = result.getString(2);
                    files.put(result.getString(3), result.getString(4));
                }
                if (files.isEmpty()) {
                    throw new HarnessException(
                            "no run '" + runId + "' is stored",
                            url.toString(),
                            "`assay results pull` without a run lists those that are");
                }
                return new Stored(runId, fence, sha256, files);
            }
        }
    }

    private void fetch(Stored stored, Path folder) throws SQLException, IOException {
        for (Map.Entry<String, String> file : stored.files().entrySet()) {
            // Whoever can write to the database must not be able to write anywhere else.
            if (!RunFiles.isName(file.getKey())) {
                throw damaged(stored, "a file is called '" + CellText.harmless(file.getKey()) + "'");
            }
            Path target = folder.resolve(file.getKey());
            fetch(stored, file.getKey(), target);
            if (!Sums.sha256(target).equals(file.getValue())) {
                throw damaged(stored, "'" + file.getKey() + "' does not have the hash " + file.getValue());
            }
        }
        Path sums = folder.resolve(RunFolder.SUMS);
        if (!Files.exists(sums) || !Sums.sha256(sums).equals(stored.sha256())) {
            throw damaged(stored, RunFolder.SUMS + " does not have the hash " + stored.sha256());
        }
        RunFiles.checked(RunFolder.of(folder));
    }

    private void fetch(Stored stored, String name, Path target) throws SQLException, IOException {
        try (OutputStream out = Files.newOutputStream(target);
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT content FROM assay.piece WHERE run_id = ? AND fence = ? AND name = ? AND number = ?")) {
            for (int number = 0; ; number++) {
                statement.setString(1, stored.runId());
                statement.setLong(2, stored.fence());
                statement.setString(3, name);
                statement.setInt(4, number);
                try (ResultSet result = statement.executeQuery()) {
                    if (!result.next()) {
                        return;
                    }
                    out.write(result.getBytes(1));
                }
            }
        }
    }

    private HarnessException damaged(Stored stored, String what) {
        return new HarnessException(
                "the stored run " + stored.runId() + " is damaged: " + what,
                url.toString(),
                "restore the database from a backup; nothing was written here");
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> paths = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.forEach(paths::add);
        }
        for (Path path : paths.reversed()) {
            Files.delete(path);
        }
    }

    @Override
    public List<StoredRun> runs() {
        try (PreparedStatement statement = connection.prepareStatement("""
            SELECT run_id, started_at, hw_class, version, content_sha256, bytes FROM assay.sealed_run
            ORDER BY started_at COLLATE "C", run_id COLLATE "C\"\
            """);
                ResultSet result = statement.executeQuery()) {
            List<StoredRun> runs = new ArrayList<>();
            while (result.next()) {
                runs.add(new StoredRun(
                        result.getString(1),
                        result.getString(2),
                        result.getString(3),
                        result.getString(4),
                        result.getString(5),
                        result.getLong(6)));
            }
            return runs;
        } catch (SQLException e) {
            throw Postgres.explained(e, url);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw Postgres.explained(e, url);
        }
    }
}
