package dev.assay.results.database;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import dev.assay.results.sql.RunDatabase.Exported;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.duckdb.DuckDBConnection;

/// Writes the tables of runs as files for other programs.
final class Export {
    private static final String DUCKDB = ".duckdb";
    private static final String PARQUET = ".parquet";

    /// Where the tables of a DuckDB file are made.
    private static final String ATTACHED = "exported";

    private Export() {}

    static List<Exported> write(List<RunFolder> runs, Path file, boolean replace) throws IOException {
        String name = String.valueOf(file.getFileName());
        Map<String, Path> files = new LinkedHashMap<>();
        if (name.endsWith(PARQUET)) {
            String stem = name.substring(0, name.length() - PARQUET.length());
            RunTables.NAMES.forEach(table -> files.put(table, file.resolveSibling(stem + "." + table + PARQUET)));
        } else if (name.endsWith(DUCKDB)) {
            RunTables.NAMES.forEach(table -> files.put(table, file));
        } else {
            throw new HarnessException(
                    "'" + name + "' is neither Parquet nor DuckDB", file.toString(), "end it in .parquet or .duckdb");
        }
        for (Path target : files.values()) {
            if (Files.exists(target) && !replace) {
                throw new HarnessException(
                        "'" + target + "' is there already", target.toString(), "give another file, or --force");
            }
        }
        try (DuckDBConnection connection = DuckDb.open()) {
            return name.endsWith(PARQUET) ? parquet(connection, runs, files) : duckdb(connection, runs, file);
        } catch (SQLException e) {
            throw new HarnessException(
                    "the export cannot be written: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    file.toString(),
                    "see that the folder is there, can be written and has room",
                    e);
        }
    }

    private static List<Exported> parquet(DuckDBConnection connection, List<RunFolder> runs, Map<String, Path> files)
            throws IOException, SQLException {
        new RunTables(connection, RunTables.MEMORY).load(runs, RunTables.NAMES);
        List<Exported> written = new ArrayList<>();
        for (Map.Entry<String, Path> entry : files.entrySet()) {
            Path part = part(entry.getValue());
            DuckDb.run(
                    connection,
                    "COPY (SELECT * FROM " + entry.getKey() + ") TO " + DuckDb.quoted(part)
                            + " (FORMAT parquet, COMPRESSION zstd)");
            written.add(new Exported(entry.getKey(), entry.getValue(), count(connection, entry.getKey())));
        }
        for (Path target : files.values()) {
            move(target);
        }
        return written;
    }

    private static List<Exported> duckdb(DuckDBConnection connection, List<RunFolder> runs, Path file)
            throws IOException, SQLException {
        Path part = part(file);
        Files.deleteIfExists(part);
        DuckDb.run(connection, "ATTACH " + DuckDb.quoted(part) + " AS " + ATTACHED);
        new RunTables(connection, ATTACHED).load(runs, RunTables.NAMES);
        List<Exported> written = new ArrayList<>();
        for (String table : RunTables.NAMES) {
            written.add(new Exported(table, file, count(connection, ATTACHED + "." + table)));
        }
        DuckDb.run(connection, "DETACH " + ATTACHED);
        move(file);
        return written;
    }

    private static long count(DuckDBConnection connection, String table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT count(*) FROM " + table)) {
            result.next();
            return result.getLong(1);
        }
    }

    /// Beside the target, so that moving it into place is one step.
    private static Path part(Path target) {
        return target.resolveSibling(target.getFileName() + ".part").toAbsolutePath();
    }

    private static void move(Path target) throws IOException {
        Files.move(part(target), target, StandardCopyOption.REPLACE_EXISTING);
    }
}
