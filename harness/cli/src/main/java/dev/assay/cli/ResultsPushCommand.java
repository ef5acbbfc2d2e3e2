package dev.assay.cli;

import dev.assay.results.RunFolder;
import dev.assay.results.history.RunSearch;
import dev.assay.results.sql.SharedStore;
import dev.assay.results.sql.SharedStore.Pushed;
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

/// `assay results push`.
@Command(
        name = "push",
        description = {
            "Stores finished runs in the shared store of a team, whole and byte for byte. Any number may push at once;"
                    + " a run that is there already is no change, and another run of the same name is refused.",
            "",
            "The first push makes the tables. Passwords: PGPASSWORD or ~/.pgpass, docs/database.md."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = "  assay results push runs --store postgresql://results.example/assay")
final class ResultsPushCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "RUN", description = "Folders of runs, or folders above them.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private List<Path> folders;

    @Option(
            names = "--store",
            paramLabel = "URL",
            defaultValue = "${env:ASSAY_STORE:-}",
            description = "postgresql://[user@]host[:port]/database. Default: the variable ASSAY_STORE.")
    private String store = "";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        PrintWriter out = spec.commandLine().getOut();
        int stored = 0;
        int there = 0;
        try (SharedStore open = TeamStore.open(store)) {
            for (RunFolder run : RunSearch.below(folders)) {
                Pushed pushed = open.push(run);
                stored += pushed.stored() ? 1 : 0;
                there += pushed.stored() ? 0 : 1;
                out.println(run.path()
                        + (pushed.stored() ? ": stored" : ": there already")
                        + (pushed.leftOut().isEmpty()
                                ? ""
                                : "; not kept, as the sums do not name it: " + String.join(", ", pushed.leftOut())));
            }
        }
        out.println(stored + " stored, " + there + " there already of " + (stored + there) + " runs");
        return Exit.OK;
    }
}
