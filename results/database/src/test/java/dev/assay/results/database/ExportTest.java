package dev.assay.results.database;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import dev.assay.results.sql.RunDatabase;
import dev.assay.results.sql.RunDatabase.Exported;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExportTest {
    private static List<String> rows(String sql) throws SQLException {
        try (DuckDBConnection connection = DuckDb.open();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            List<String> rows = new ArrayList<>();
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<String> cells = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    cells.add(String.valueOf(result.getObject(i)));
                }
                rows.add(String.join("|", cells));
            }
            return rows;
        }
    }

    private static List<RunFolder> runs(Path folder) throws IOException {
        return List.of(Runs.run(folder, "run-b"), Runs.run(folder, "run-a"));
    }

    @Test
    void parquetHoldsWhatTheCsvFilesHold(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("it's.parquet");
        List<Exported> written = RunDatabase.installed().export(runs(folder), file, false);
        assertEquals(
                List.of(
                        new Exported("runs", folder.resolve("it's.runs.parquet"), 2),
                        new Exported("cases", folder.resolve("it's.cases.parquet"), 4),
                        new Exported("timing", folder.resolve("it's.timing.parquet"), 2),
                        new Exported("samples", folder.resolve("it's.samples.parquet"), 4)),
                written);
        assertFalse(Files.exists(file));
        String cases = "'" + folder.resolve("it''s.cases.parquet") + "'";
        assertEquals(
                List.of(
                        "run-a|" + Runs.CASE + "|pass|1.0|null|null",
                        "run-a|softmax/f32/4/-/normal|fail|NaN|null|said \"no\", 'ünï' \uD83D\uDE00 =1+1",
                        "run-b|" + Runs.CASE + "|pass|1.0|null|null",
                        "run-b|softmax/f32/4/-/normal|fail|NaN|null|said \"no\", 'ünï' \uD83D\uDE00 =1+1"),
                rows("SELECT run_id, case_id, verdict, actual, mismatches, reason FROM " + cases),
                "in the order of start, run and key");
        assertEquals(
                List.of("run_id|VARCHAR", "hw_class|VARCHAR", "started_at|TIMESTAMP", "suite|VARCHAR"),
                rows("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM " + cases + ") LIMIT 4"));
    }

    @Test
    void theOrderOfTheRunsGivenDoesNotMatter(@TempDir Path folder) throws Exception {
        List<RunFolder> runs = runs(folder);
        RunDatabase.installed().export(runs, folder.resolve("one.parquet"), false);
        RunDatabase.installed().export(runs.reversed(), folder.resolve("two.parquet"), false);
        for (String table : RunTables.NAMES) {
            assertArrayEquals(
                    Files.readAllBytes(folder.resolve("one." + table + ".parquet")),
                    Files.readAllBytes(folder.resolve("two." + table + ".parquet")),
                    table);
        }
    }

    @Test
    void aDuckDbFileHoldsAllTables(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("a;b'c.duckdb");
        List<Exported> written = RunDatabase.installed().export(runs(folder), file, false);
        assertEquals(
                List.of(2L, 4L, 2L, 4L), written.stream().map(Exported::rows).toList());
        try (DuckDBConnection connection = DuckDb.open();
                Statement statement = connection.createStatement()) {
            statement.execute("ATTACH " + DuckDb.quoted(file) + " AS it (READ_ONLY)");
            try (ResultSet result = statement.executeQuery(
                    "SELECT min(value), count(DISTINCT run_id) FROM it.samples JOIN it.runs USING (run_id)")) {
                assertTrue(result.next());
                assertEquals(99.25, result.getDouble(1));
                assertEquals(2, result.getInt(2));
            }
        }
    }

    @Test
    void whatIsThereIsReplacedOnlyOnRequest(@TempDir Path folder) throws Exception {
        List<RunFolder> runs = runs(folder);
        Path file = Files.writeString(folder.resolve("it.duckdb"), "mine");
        HarnessException refused = assertThrows(
                HarnessException.class, () -> RunDatabase.installed().export(runs, file, false));
        assertTrue(refused.getMessage().contains("--force"), refused.getMessage());
        assertEquals("mine", Files.readString(file));
        RunDatabase.installed().export(runs, file, true);
        assertTrue(Files.size(file) > 1000);
        try (var files = Files.list(folder)) {
            assertTrue(files.noneMatch(path -> path.toString().endsWith(".part")));
        }
    }

    @Test
    void badTargetsAreRefused(@TempDir Path folder) throws Exception {
        List<RunFolder> runs = runs(folder);
        HarnessException ending = assertThrows(
                HarnessException.class, () -> RunDatabase.installed().export(runs, folder.resolve("it.csv"), false));
        assertTrue(ending.getMessage().contains("end it in .parquet or .duckdb"), ending.getMessage());
        for (String name : List.of("none/it.duckdb", "none/it.parquet")) {
            HarnessException missing = assertThrows(
                    HarnessException.class, () -> RunDatabase.installed().export(runs, folder.resolve(name), false));
            assertTrue(missing.getMessage().contains("cannot be written"), missing.getMessage());
        }
    }

    @Test
    void aDamagedTableIsRefusedWithItsLine(@TempDir Path folder) throws Exception {
        List<RunFolder> runs = runs(folder);
        Path cases = runs.getFirst().file(RunFolder.CASES);
        Files.writeString(cases, Files.readString(cases).replace(",pass,", ",passed,"));
        HarnessException refused = assertThrows(
                HarnessException.class,
                () -> RunDatabase.installed().export(runs, folder.resolve("it.parquet"), false));
        assertTrue(refused.getMessage().contains("cases.csv, line 2"), refused.getMessage());
        try (var files = Files.list(folder)) {
            assertTrue(files.noneMatch(path -> path.toString().contains("parquet")), "nothing half-written");
        }
    }
}
