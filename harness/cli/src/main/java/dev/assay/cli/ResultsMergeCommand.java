package dev.assay.cli;

import dev.assay.results.store.Merge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay results merge`.
@Command(
        name = "merge",
        description = {
            "Joins results of parts of a plan, such as runs with other suites, cases or backends, into one folder. Their"
                    + " order does not matter. What two of them hold about one case must be the same.",
            "",
            "Only what `assay results verify` finds sound is merged, and only what one version of Assay made on one"
                    + " class of machines."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the folder is there",
            "2:the results contradict each other or do not belong together, or the place is taken",
            "8:one of the folders is not sound"
        },
        footerHeading = "%nExample:%n",
        footer = "  assay results merge runs/20260101T120000Z-abcdefgh runs/20260101T130000Z-ijklmnop -o whole")
final class ResultsMergeCommand implements Callable<Integer> {
    @Parameters(arity = "1..*", paramLabel = "DIR", description = "Folders of finished runs.")
    private List<Path> folders = new ArrayList<>();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            required = true,
            description = "The folder that is made.")
    private Path output = Path.of("");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        Merge.merge(folders, output);
        spec.commandLine().getOut().println(output);
        return Exit.OK;
    }
}
