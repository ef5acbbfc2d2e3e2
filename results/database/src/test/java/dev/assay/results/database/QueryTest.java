package dev.assay.results.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import dev.assay.results.Verdict;
import dev.assay.results.sql.CsvAnswer;
import dev.assay.results.sql.JsonAnswer;
import dev.assay.results.sql.RunDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryTest {
    @TempDir
    static Path folder;

    private static List<RunFolder> runs = List.of();

    @BeforeAll
    static void makeRuns() throws IOException {
        runs = List.of(
                Runs.run(folder, "run-b"),
                Runs.run(
                        folder,
                        "run-a",
                        "2026-11-27T23:30:00Z",
                        List.of(Runs.row(Runs.CASE, Verdict.PASS, "", Double.NEGATIVE_INFINITY))));
    }

    private static String csv(String sql) throws IOException {
        StringBuilder out = new StringBuilder();
        try (CsvAnswer answer = new CsvAnswer(out)) {
            RunDatabase.installed().query(sql, runs, answer);
        }
        return out.toString();
    }

    @Test
    void allRunsAreOneTable() throws IOException {
        assertEquals(
                "run_id,verdict,n\nrun-a,pass,1\nrun-b,fail,1\nrun-b,pass,1\n",
                csv("SELECT run_id, verdict, count(*) AS n FROM cases GROUP BY ALL ORDER BY ALL"));
        assertEquals(
                "run_id,hw_class,p50,best\nrun-a,xeon-1,100.0,99.25\nrun-b,xeon-1,100.0,99.25\n",
                csv("SELECT t.run_id, t.hw_class, p50, min(s.value) AS best FROM timing t JOIN samples s"
                        + " USING (run_id, case_id, metric, clock) GROUP BY ALL ORDER BY 1"));
        assertEquals(
                """
                run_id,started_at,env_id,arguments,seed,clean_tree,exit_code
                run-a,2026-11-27T23:30:00Z,e1,run smoke,,true,0
                run-b,2026-11-28T08:00:00.250Z,e1,run smoke,,true,0
                """,
                csv("SELECT run_id, started_at, env_id, arguments, seed, clean_tree, exit_code FROM runs ORDER BY 1"));
    }

    @Test
    void emptyCellsAreNullAndOddNumbersStay() throws IOException {
        assertEquals(
                """
                a,nan,low,none,text
                run-a,false,true,true,true
                run-b,true,false,true,false
                run-b,false,false,true,true
                """,
                csv("SELECT run_id AS a, isnan(actual) AS nan, actual = '-Infinity'::DOUBLE AS low, mismatches IS"
                        + " NULL AS none, reason IS NULL AS text FROM cases ORDER BY run_id, case_id DESC"));
        assertEquals("actual\n-Infinity\nNaN\n", csv("SELECT actual FROM cases WHERE actual <> 1 ORDER BY 1"));
        assertEquals(
                "reason\n\"said \"\"no\"\", 'ünï' \uD83D\uDE00 =1+1\"\n",
                csv("SELECT reason FROM cases WHERE reason IS NOT NULL"));
    }

    @Test
    void noCellBecomesAFormula() throws IOException {
        assertEquals("'=cmd|x,b\n'@SUM(1),a b\n", csv("SELECT '@SUM(1)' AS \"=cmd|x\", 'a' || chr(10) || 'b' AS b"));
        assertEquals("a,b\n'-1+1,-1\n", csv("SELECT '-1+1' AS a, -1 AS b"));
    }

    @Test
    void jsonHasTheColumnsInOrder() throws IOException {
        StringBuilder out = new StringBuilder();
        try (JsonAnswer answer = new JsonAnswer(out)) {
            RunDatabase.installed()
                    .query("SELECT 2 AS z, 'a\"b' AS a, NULL AS n, 'NaN'::DOUBLE AS a, true AS t", runs, answer);
        }
        assertEquals("[\n{\"z\":2,\"a\":\"a\\\"b\",\"n\":null,\"a_2\":\"NaN\",\"t\":true}\n]\n", out.toString());
    }

    @Test
    void typesAreThoseOfTheRecords() throws IOException {
        String described = csv("SELECT column_name, column_type FROM (DESCRIBE cases)");
        assertTrue(
                described.startsWith(
                        "column_name,column_type\nrun_id,VARCHAR\nhw_class,VARCHAR\nstarted_at,TIMESTAMP\n"),
                described);
        assertTrue(described.contains("\nseed,BIGINT\n") && described.contains("\ndeterministic,BOOLEAN\n"), described);
        assertTrue(described.contains("\nworst_error_ratio,DOUBLE\n"), described);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SELECT * FROM read_csv('/etc/passwd') | cannot reach files",
                "SELECT * FROM '/etc/passwd' | does not exist",
                "SELECT * FROM read_text('/etc/passwd') | cannot reach files",
                "SELECT * FROM glob('/*') | cannot reach files",
                "SELECT * FROM duckdb_secrets() | cannot reach files",
                "SELECT getenv('HOME') | getenv does not exist",
                "COPY cases TO '/tmp/assay-stolen.csv' | only SELECT is allowed",
                "ATTACH '/tmp/assay-stolen.db' | only SELECT is allowed",
                "SET enable_external_access = true | only SELECT is allowed",
                "DROP TABLE cases | only SELECT is allowed",
                "DELETE FROM cases | only SELECT is allowed",
                "INSTALL httpfs | only SELECT is allowed",
                "SELECT 1; SELECT 2 | 2 statements instead of one SELECT",
                "-- nothing | 0 statements instead of one SELECT",
                "SELEC 1 | syntax error at or near \"SELEC\"",
                "SELECT nope FROM cases | Referenced column \"nope\" not found",
                "SELECT * FROM case | syntax error",
                "SELECT * FROM timings | Did you mean \"timing\"",
                "SELECT error('x') | x",
            })
    void whatIsNoHarmlessSelectIsRefused(String sql, String sentence) {
        HarnessException refused = assertThrows(HarnessException.class, () -> csv(sql));
        assertTrue(refused.getMessage().contains(sentence), refused.getMessage());
        assertEquals(3, refused.getMessage().lines().count(), refused.getMessage());
        assertTrue(Files.notExists(Path.of("/tmp/assay-stolen.csv")));
        assertTrue(Files.notExists(Path.of("/tmp/assay-stolen.db")));
    }

    @Test
    void anErrorPointsToItsPlace() {
        HarnessException refused =
                assertThrows(HarnessException.class, () -> csv("SELECT run_id,\n  nope\nFROM cases"));
        assertTrue(refused.where().startsWith("SQL, line 2, character 3: "), refused.where());
    }

    @Test
    void theSameRunTwiceIsRefused() throws IOException {
        Path copy = Files.createDirectories(folder.resolve("copies/run-b"));
        try (var files = Files.list(folder.resolve("run-b"))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
        }
        List<RunFolder> doubled = List.of(runs.getFirst(), RunFolder.of(copy));
        HarnessException refused = assertThrows(
                HarnessException.class,
                () -> RunDatabase.installed()
                        .query("SELECT count(*) FROM cases", doubled, new CsvAnswer(new StringBuilder())));
        assertTrue(refused.getMessage().contains("run run-b is here more than once"), refused.getMessage());
    }

    @Test
    void neitherLocaleNorTimeZoneMatters() throws IOException {
        String sql = "SELECT started_at, p50 / 3 AS third, 1234567.5 AS n, upper('i') AS i FROM timing ORDER BY 1";
        Locale before = Locale.getDefault();
        TimeZone zone = TimeZone.getDefault();
        String here = csv(sql);
        assertTrue(here.contains("2026-11-27T23:30:00Z,33.333333333333336,1234567.5,I\n"), here);
        try {
            for (String tag : List.of("de-DE", "tr-TR")) {
                Locale.setDefault(Locale.forLanguageTag(tag));
                TimeZone.setDefault(TimeZone.getTimeZone("Pacific/Auckland"));
                assertEquals(here, csv(sql), tag);
            }
        } finally {
            Locale.setDefault(before);
            TimeZone.setDefault(zone);
        }
    }
}
