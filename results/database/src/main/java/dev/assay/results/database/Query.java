package dev.assay.results.database;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.RunFolder;
import dev.assay.results.sql.Answer;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/// Asks one SELECT of runs, in a database in memory that is shut off from everything else.
final class Query {
    private static final String FIX = "the tables are runs, cases, timing and samples; `DESCRIBE cases` names columns";
    private static final Pattern LINE = Pattern.compile("LINE (\\d+): (.*)\n(\\s*)\\^");

    private Query() {}

    static void ask(String sql, List<RunFolder> runs, Answer answer) throws IOException {
        try (DuckDBConnection connection = DuckDb.open()) {
            check(connection, sql);
            new RunTables(connection, RunTables.MEMORY).load(runs, mentioned(sql));
            DuckDb.lock(connection);
            answer(connection, sql, answer);
        } catch (SQLException e) {
            throw explained(e, sql);
        }
    }

    /// Tables that the text does not even mention need not be read.
    private static List<String> mentioned(String sql) {
        String text = sql.toLowerCase(Locale.ROOT);
        return RunTables.NAMES.stream().filter(text::contains).toList();
    }

    /// DuckDB's own parser says what the text is: it turns SELECTs into JSON, and nothing else.
    private static void check(DuckDBConnection connection, String sql) throws SQLException {
        JsonNode parsed;
        try (PreparedStatement statement = connection.prepareStatement("SELECT json_serialize_sql(?)")) {
            statement.setString(1, sql);
            try (ResultSet result = statement.executeQuery()) {
                result.next();
                parsed = Json.STRICT.readTree(result.getString(1));
            }
        } catch (JsonProcessingException e) {
            throw new HarnessException("the query is nested too deeply", "SQL", "ask something simpler", e);
        }
        if (parsed.path("error").asBoolean()) {
            String message = parsed.path("error_message").asText();
            boolean syntax = parsed.path("error_type").asText().equals("parser");
            throw new HarnessException(
                    syntax ? message : "only SELECT is allowed: a query reads, and changes nothing",
                    "SQL" + (syntax ? ", character " + (parsed.path("position").asInt() + 1) : ""),
                    FIX);
        }
        int statements = parsed.path("statements").size();
        if (statements != 1) {
            throw new HarnessException(
                    statements + " statements instead of one SELECT", "SQL", "ask one thing at a time");
        }
    }

    private static void answer(DuckDBConnection connection, String sql, Answer answer) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            ResultSetMetaData meta = result.getMetaData();
            List<String> names = new ArrayList<>();
            for (int i = 1; i <= meta.getColumnCount(); i++) {
                names.add(meta.getColumnLabel(i));
            }
            answer.columns(names);
            while (result.next()) {
                List<@Nullable Object> cells = new ArrayList<>();
                for (int i = 1; i <= names.size(); i++) {
                    cells.add(cell(result, meta, i));
                }
                answer.row(cells);
            }
        }
    }

    /// Times without the time zone of this machine.
    private static @Nullable Object cell(ResultSet result, ResultSetMetaData meta, int column) throws SQLException {
        if (meta.getColumnType(column) == Types.TIMESTAMP) {
            LocalDateTime time = result.getObject(column, LocalDateTime.class);
            return time == null ? null : time + (time.getSecond() == 0 && time.getNano() == 0 ? ":00" : "") + "Z";
        }
        return result.getObject(column);
    }

    /// The first sentence of DuckDB's message, and the place it points to.
    private static HarnessException explained(SQLException e, String sql) {
        String message = String.valueOf(e.getMessage());
        String sentence = message.lines().findFirst().orElse("").replaceFirst("^[A-Z][A-Za-z -]* Error: ", "");
        Matcher line = LINE.matcher(message);
        String where = "SQL";
        if (line.find()) {
            int column = line.group(3).length() - ("LINE " + line.group(1) + ": ").length() + 1;
            where += ", line " + line.group(1) + ", character " + Math.max(1, column);
        }
        if (message.contains("operations are disabled")) {
            sentence = "a query cannot reach files: " + sentence;
        }
        String did = message.lines()
                .filter(one -> one.startsWith("Did you mean") || one.startsWith("Candidate bindings"))
                .findFirst()
                .map(one -> one + "; ")
                .orElse("");
        return new HarnessException(sentence, where + ": " + sql.strip().replaceAll("\\s+", " "), did + FIX, e);
    }
}
