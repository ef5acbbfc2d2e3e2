package dev.assay.results.database;

import dev.assay.HarnessException;
import dev.assay.results.CaseRow;
import dev.assay.results.CsvRows;
import dev.assay.results.CsvTable;
import dev.assay.results.Keyed;
import dev.assay.results.Manifest;
import dev.assay.results.RunFolder;
import dev.assay.results.SampleRow;
import dev.assay.results.TimingRow;
import dev.assay.results.Word;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/// The tables of runs, in DuckDB. Columns and types come from the records, so that a new column of a CSV
/// file is one here.
final class RunTables {
    static final String RUNS = "runs";

    /// The tables with a file of their own in a run's folder, by name.
    private static final List<Source<?>> SOURCES = List.of(
            new Source<>("cases", RunFolder.CASES, CaseRow.class),
            new Source<>("timing", RunFolder.TIMING, TimingRow.class),
            new Source<>("samples", RunFolder.SAMPLES, SampleRow.class));

    static final List<String> NAMES = List.of(RUNS, "cases", "timing", "samples");

    private static final String FACTS = "run_id VARCHAR NOT NULL, hw_class VARCHAR, started_at TIMESTAMP";

    /// A table and the file that it comes from.
    private record Source<R extends Record & Keyed>(String table, String file, Class<R> type) {}

    /// A run with what stands in front of each of its rows.
    private record Run(
            RunFolder folder,
            Manifest manifest,
            String hwClass,
            @Nullable LocalDateTime startedAt) {}

    /// Name of the database that is there when none is attached.
    static final String MEMORY = "memory";

    private final DuckDBConnection connection;
    private final String database;

    /// @param database where the tables are made
    RunTables(DuckDBConnection connection, String database) {
        this.connection = connection;
        this.database = database;
    }

    private DuckDBAppender appender(String table) throws SQLException {
        return connection.createAppender(database, "main", table);
    }

    /// Makes all tables and fills some of them.
    ///
    /// @param wanted names of those to fill
    void load(List<RunFolder> folders, List<String> wanted) throws IOException, SQLException {
        List<Run> runs = new ArrayList<>();
        for (RunFolder folder : folders) {
            runs.add(run(folder));
        }
        runs.sort(Comparator.comparing((Run run) -> run.manifest().startedAt())
                .thenComparing(run -> run.manifest().runId())
                .thenComparing(run -> run.folder().path().toString()));
        create(RUNS, """
            run_id VARCHAR NOT NULL, hw_class VARCHAR, started_at TIMESTAMP, ended_at TIMESTAMP, env_id VARCHAR,
            version VARCHAR, "commit" VARCHAR, clean_tree BOOLEAN, rule_constants VARCHAR, plan_sha256 VARCHAR,
            arguments VARCHAR, seed BIGINT, "session" VARCHAR, arm VARCHAR, complete BOOLEAN, exit_code INTEGER\
            """);
        if (wanted.contains(RUNS)) {
            fillRuns(runs);
        }
        for (Source<?> source : SOURCES) {
            create(source.table(), FACTS + ", " + columns(source.type()));
            if (wanted.contains(source.table())) {
                fill(source, runs);
                refuseDoubles(source, runs);
            }
        }
    }

    private static Run run(RunFolder folder) throws IOException {
        Manifest manifest = folder.readManifest();
        String hwClass = folder.readEnvironment().get("hw_class_id") instanceof String id ? id : "";
        Path file = folder.file(RunFolder.MANIFEST);
        return new Run(folder, manifest, hwClass, time(manifest.startedAt(), file));
    }

    private static @Nullable LocalDateTime time(String text, Path file) {
        try {
            return text.isEmpty() ? null : LocalDateTime.ofInstant(Instant.parse(text), ZoneOffset.UTC);
        } catch (DateTimeException e) {
            throw new HarnessException(
                    "'" + text + "' is no time", file.toString(), "restore the file from the run that wrote it", e);
        }
    }

    private void create(String table, String columns) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE " + database + "." + table + " (" + columns + ")");
        }
    }

    private static String columns(Class<? extends Record> type) {
        List<String> columns = new ArrayList<>();
        List<String> names = names(type);
        RecordComponent[] components = type.getRecordComponents();
        for (int i = 0; i < components.length; i++) {
            columns.add('"' + names.get(i) + "\" " + sqlType(components[i].getType()));
        }
        return String.join(", ", columns);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // the sources hold rows of tables alone
    private static List<String> names(Class<? extends Record> type) {
        return new CsvTable(type).header();
    }

    private static String sqlType(Class<?> type) {
        if (type == long.class || type == Long.class) {
            return "BIGINT";
        }
        if (type == int.class || type == Integer.class) {
            return "INTEGER";
        }
        if (type == double.class || type == Double.class) {
            return "DOUBLE";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "BOOLEAN";
        }
        return "VARCHAR";
    }

    private void fillRuns(List<Run> runs) throws IOException, SQLException {
        Map<String, Run> seen = new HashMap<>();
        try (DuckDBAppender rows = appender(RUNS)) {
            for (Run run : runs) {
                Manifest manifest = run.manifest();
                if (seen.putIfAbsent(manifest.runId(), run) != null) {
                    // Published, a run lies in several folders, each with a part of its rows.
                    continue;
                }
                rows.beginRow();
                facts(rows, run);
                append(rows, time(manifest.endedAt(), run.folder().file(RunFolder.MANIFEST)));
                append(rows, run.folder().readEnvironment().get("env_id"));
                append(rows, manifest.version());
                append(rows, manifest.commit());
                append(rows, manifest.cleanTree());
                append(rows, manifest.ruleConstants());
                append(rows, manifest.planSha256());
                append(rows, String.join(" ", manifest.arguments()));
                append(rows, manifest.seed());
                append(rows, manifest.session());
                append(rows, manifest.arm());
                append(rows, manifest.complete());
                append(rows, manifest.exitCode());
                rows.endRow();
            }
        }
    }

    private static void facts(DuckDBAppender rows, Run run) throws SQLException {
        append(rows, run.manifest().runId());
        append(rows, run.hwClass());
        append(rows, run.startedAt());
    }

    private <R extends Record & Keyed> void fill(Source<R> source, List<Run> runs) throws IOException, SQLException {
        RecordComponent[] components = source.type().getRecordComponents();
        CsvTable<R> table = new CsvTable<>(source.type());
        try (DuckDBAppender rows = appender(source.table())) {
            for (Run run : runs) {
                Path file = run.folder().file(source.file());
                if (!Files.exists(file)) {
                    continue;
                }
                try (CsvRows<R> lines = table.open(file)) {
                    while (lines.advance()) {
                        rows.beginRow();
                        facts(rows, run);
                        for (RecordComponent component : components) {
                            append(rows, value(lines.row(), component));
                        }
                        rows.endRow();
                    }
                }
            }
        }
    }

    private static @Nullable Object value(Record row, RecordComponent component) {
        try {
            return component.getAccessor().invoke(row);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("component " + component.getName() + " cannot be read", e);
        }
    }

    private static void append(DuckDBAppender rows, @Nullable Object value) throws SQLException {
        switch (value) {
            case null -> rows.appendNull();
            case Long number -> rows.append(number.longValue());
            case Integer number -> rows.append(number.intValue());
            case Double number -> rows.append(number.doubleValue());
            case Boolean truth -> rows.append(truth.booleanValue());
            case LocalDateTime time -> rows.append(time);
            case Word word -> rows.append(word.word());
            case String text when text.isEmpty() -> rows.appendNull();
            case String text -> rows.append(text);
            default -> throw new IllegalStateException("no column for a " + value.getClass());
        }
    }

    /// A run and a published part of it hold the same rows: counted together, they would count twice.
    private void refuseDoubles(Source<?> source, List<Run> runs) throws SQLException {
        Map<String, List<String>> folders = runs.stream()
                .collect(Collectors.groupingBy(
                        run -> run.manifest().runId(),
                        Collectors.mapping(run -> run.folder().path().toString(), Collectors.toList())));
        for (Map.Entry<String, List<String>> entry : folders.entrySet()) {
            if (entry.getValue().size() > 1 && hasDoubles(source, entry.getKey())) {
                throw new HarnessException(
                        "run " + entry.getKey() + " is here more than once, with the same rows of " + source.file(),
                        String.join(", ", entry.getValue()),
                        "give only one of these folders");
            }
        }
    }

    private boolean hasDoubles(Source<?> source, String runId) throws SQLException {
        String name = database + "." + source.table();
        try (var statement =
                connection.prepareStatement("SELECT count(*) - (SELECT count(*) FROM (SELECT DISTINCT * FROM " + name
                        + " WHERE run_id = ?)) FROM " + name + " WHERE run_id = ?")) {
            statement.setString(1, runId);
            statement.setString(2, runId);
            try (var result = statement.executeQuery()) {
                return result.next() && result.getLong(1) > 0;
            }
        }
    }
}
