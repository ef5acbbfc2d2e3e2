package dev.assay.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `assay results`: what is done with results when they are there.
@Command(
        name = "results",
        description = {
            "Verifies stored results, joins those of parts of a plan, and publishes them for review.",
            "",
            "docs/results.md says what the files are and how they lie."
        },
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        subcommands = {ResultsVerifyCommand.class, ResultsMergeCommand.class, ResultsPublishCommand.class},
        footerHeading = "%nExample:%n",
        footer = "  assay results verify runs/20260101T120000Z-abcdefgh")
final class ResultsCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command given");
    }
}
