package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.results.RunFolder;
import dev.assay.results.sql.SharedStore;
import dev.assay.results.sql.SharedStore.StoredRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay results pull`.
@Command(
        name = "pull",
        description = {
            "Writes runs of the shared store as folders, the same bytes as were pushed; every hash is compared. Without"
                    + " a name it lists what is stored.",
            "",
            "The last lines printed are the folders."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = "  assay results pull 20260101T120000Z-abcdefgh -o runs")
final class ResultsPullCommand implements Callable<Integer> {
    @Parameters(arity = "0..*", paramLabel = "RUN_ID", description = "Names of runs.")
    private List<String> ids = new ArrayList<>();

    @Option(names = "--all", description = "All runs that are not in the folder yet.")
    private boolean all;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            defaultValue = "runs",
            description = "Folder to write them into. Default: runs.")
    private Path folder = Path.of("runs");

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
        if (all && !ids.isEmpty()) {
            throw new HarnessException(
                    "--all and names of runs exclude each other", "results pull", "give one of them");
        }
        PrintWriter out = spec.commandLine().getOut();
        try (SharedStore open = TeamStore.open(store)) {
            if (!all && ids.isEmpty()) {
                list(open.runs(), out);
                return Exit.OK;
            }
            List<String> wanted = all
                    ? open.runs().stream()
                            .map(StoredRun::runId)
                            .filter(id -> !Files.exists(folder.resolve(id)))
                            .toList()
                    : ids;
            for (String id : wanted) {
                RunFolder run = open.pull(id, folder);
                out.println(run.path());
            }
        }
        return Exit.OK;
    }

    private static void list(List<StoredRun> runs, PrintWriter out) {
        Table table = new Table("run", "started", "machine", "version", "bytes");
        for (StoredRun run : runs) {
            table.row(run.runId(), run.startedAt(), run.hwClass(), run.version(), "" + run.bytes());
        }
        table.print(out);
        out.println(runs.size() + (runs.size() == 1 ? " run" : " runs"));
    }
}
