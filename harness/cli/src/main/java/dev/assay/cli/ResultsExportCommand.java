package dev.assay.cli;

import dev.assay.results.RunFolder;
import dev.assay.results.history.RunSearch;
import dev.assay.results.sql.RunDatabase;
import dev.assay.results.sql.RunDatabase.Exported;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay results export`.
@Command(
        name = "export",
        description = "Writes runs as Parquet files or as a DuckDB file, with typed columns; docs/database.md has the"
                + " tables.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = "  assay results export runs --to runs.parquet")
final class ResultsExportCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "DIR", description = "Folders of runs, or folders above them.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private List<Path> folders;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "FILE",
            description =
                    "Ends in .duckdb, or in .parquet: then there is a file per table, FILE.cases.parquet and so on.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path file;

    @Option(names = "--force", description = "Replace what is there.")
    private boolean replace;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        RunDatabase database = RunDatabase.installed();
        List<RunFolder> runs = RunSearch.below(folders);
        PrintWriter out = spec.commandLine().getOut();
        Table table = new Table("table", "rows", "file");
        for (Exported one : database.export(runs, file, replace)) {
            table.row(one.table(), "" + one.rows(), one.file().toString());
        }
        table.print(out);
        return Exit.OK;
    }
}
