package dev.assay.cli;

import dev.assay.results.store.Publication;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay results publish`.
@Command(
        name = "publish",
        description = {
            "Splits a run into DIR/<suite>/<class of machines>/<backend>/, to be committed. A folder that is there is"
                    + " replaced as a whole."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the folders are there",
            "2:there is no run, or the place will not do",
            "8:the run is not sound"
        },
        footerHeading = "%nExample:%n",
        footer = "  assay results publish runs/20260101T120000Z-abcdefgh")
final class ResultsPublishCommand implements Callable<Integer> {
    @Parameters(paramLabel = "RUN", description = "Folder of a finished run, or of merged ones.")
    private Path run = Path.of("");

    @Option(
            names = "--to",
            paramLabel = "DIR",
            description = "Where to publish. Default: ${DEFAULT-VALUE}.",
            defaultValue = "results/published")
    private Path to = Path.of("results/published");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Publication.publish(run, to).forEach(spec.commandLine().getOut()::println);
        return Exit.OK;
    }
}
