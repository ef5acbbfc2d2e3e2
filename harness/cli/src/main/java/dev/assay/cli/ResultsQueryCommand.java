package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import dev.assay.results.history.RunSearch;
import dev.assay.results.sql.Answer;
import dev.assay.results.sql.CsvAnswer;
import dev.assay.results.sql.JsonAnswer;
import dev.assay.results.sql.RunDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay results query`.
@Command(
        name = "query",
        description = {
            "Asks one SELECT of any number of runs. The tables are runs, cases, timing and samples, with the columns of"
                    + " the CSV files and, in front, run_id, hw_class and started_at.",
            "",
            "The query sees the runs and nothing else: no file, no network, no setting."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = "  assay results query \"SELECT verdict, count(*) FROM cases GROUP BY 1\" runs")
final class ResultsQueryCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "SQL", description = "One SELECT in the dialect of DuckDB.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String sql;

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "DIR",
            description = "Folders of runs, or folders above them; with --store, names of runs, or none for all.")
    private List<String> places = new ArrayList<>();

    @Option(
            names = "--format",
            paramLabel = "table|csv|json",
            defaultValue = "table",
            description = "Of the answer. Default: table.")
    private String format = "table";

    @Option(
            names = "--store",
            paramLabel = "URL",
            defaultValue = "",
            description = "Ask runs of the shared store postgresql://host/database.")
    private String store = "";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        try (Answer answer = answer(out)) {
            RunDatabase database = RunDatabase.installed();
            if (!store.isEmpty()) {
                try (TeamStore fetched = TeamStore.fetch(store, places)) {
                    database.query(sql, fetched.runs(), answer);
                }
            } else {
                database.query(sql, runs(), answer);
            }
        }
        out.flush();
        return Exit.OK;
    }

    private List<RunFolder> runs() throws IOException {
        if (places.isEmpty()) {
            throw new HarnessException("which runs is missing", "results query", "name folders after the SQL");
        }
        return RunSearch.below(places.stream().map(Path::of).toList());
    }

    private Answer answer(PrintWriter out) {
        return switch (format) {
            case "table" -> new TableAnswer(out);
            case "csv" -> new CsvAnswer(out);
            case "json" -> new JsonAnswer(out);
            default ->
                throw new ParameterException(
                        spec.commandLine(), "--format is '" + format + "', not table, csv or json");
        };
    }

    /// An answer for people, printed when all of it is there.
    private static final class TableAnswer implements Answer {
        private final PrintWriter out;
        private @Nullable Table table;
        private int rows;

        private TableAnswer(PrintWriter out) {
            this.out = out;
        }

        @Override
        public void columns(List<String> names) {
            table = new Table(names.stream().map(CsvAnswer::text).toArray(String[]::new));
        }

        @Override
        public void row(List<@Nullable Object> cells) {
            if (table != null) {
                table.row(cells.stream().map(CsvAnswer::text).toList());
                rows++;
            }
        }

        @Override
        public void close() {
            if (table != null) {
                table.print(out);
                out.println(rows + (rows == 1 ? " row" : " rows"));
            }
        }
    }
}
