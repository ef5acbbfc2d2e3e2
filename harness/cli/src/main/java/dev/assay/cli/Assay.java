package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.engine.run.PluginException;
import dev.assay.results.StorageException;
import dev.assay.results.gate.NoBaselineException;
import dev.assay.results.gate.UnsoundException;
import dev.assay.results.sql.StoreBusyException;
import dev.assay.results.store.VerificationException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The program.
@Command(
        name = "assay",
        description = "Proves and times the operators of an AI chip.",
        mixinStandardHelpOptions = true,
        versionProvider = Assay.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        subcommands = {
            RunCommand.class,
            PlanCommand.class,
            CalibrateCommand.class,
            ReproduceCommand.class,
            CompareCommand.class,
            ListCommand.class,
            ImportCommand.class,
            DoctorCommand.class,
            NewBackendCommand.class,
            CheckBackendCommand.class,
            SelftestCommand.class,
            TrainParityCommand.class,
            HistoryCommand.class,
            ResultsCommand.class,
            GateCommand.class,
            BaselineCommand.class,
            ReportCommand.class,
            DiffDriverCommand.class,
            CertifyCommand.class,
            VerifyCommand.class,
            GenerateCompletion.class
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  assay run smoke          prove and time a little of everything, in a minute",
            "",
            "Shell completion: source <(assay generate-completion)"
        })
public final class Assay implements Runnable {
    /// Set by the launcher where standard error is a terminal, which Java itself cannot tell.
    static final String TERMINAL = "assay.terminal";

    /// Set by the launcher: how it was called.
    static final String COMMAND = "assay.command";

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    /// Runs the command line and ends the process with its exit code.
    public static void main(String[] args) {
        System.exit(execute(
                new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                args));
    }

    /// Runs a command line; nothing thrown gets out of it.
    static int execute(PrintWriter out, PrintWriter err, String... args) {
        CommandLine commandLine = new CommandLine(new Assay());
        commandLine.setOut(out);
        commandLine.setErr(err);
        commandLine.setExecutionExceptionHandler((thrown, command, parsed) -> explain(thrown, err));
        commandLine.setParameterExceptionHandler((thrown, given) -> refuse(thrown, err));
        return commandLine.execute(args);
    }

    /// @return the exit code
    private static int explain(Exception thrown, PrintWriter err) {
        if (thrown instanceof HarnessException told) {
            err.println("assay: " + told.getMessage());
            return switch (told) {
                case PluginException ignored -> Exit.PLUGIN;
                case EnvironmentException ignored -> Exit.ENVIRONMENT;
                case VerificationException ignored -> Exit.VERIFICATION;
                case UnsoundException ignored -> Exit.VERIFICATION;
                case NoBaselineException ignored -> Exit.INCOMPARABLE;
                case StorageException ignored -> Exit.TRANSIENT;
                case StoreBusyException ignored -> Exit.TRANSIENT;
                default -> Exit.USAGE;
            };
        }
        if (thrown instanceof IOException || thrown instanceof UncheckedIOException) {
            err.println("assay: " + thrown);
            err.println("  where: a file of the run, or the connection to a worker");
            err.println("  fix:   see that the disk has room and can be written; what is finished is kept, and");
            err.println("         `assay run --resume FOLDER` goes on from there");
            return Exit.TRANSIENT;
        }
        err.println("assay: this is a fault of Assay itself; please report it with the lines below and your command");
        thrown.printStackTrace(err);
        return Exit.INTERNAL;
    }

    private static int refuse(ParameterException thrown, PrintWriter err) {
        CommandLine command = thrown.getCommandLine();
        err.println("assay: " + thrown.getMessage());
        err.println("  where: " + command.getCommandSpec().qualifiedName());
        StringBuilder suggestions = new StringBuilder();
        if (thrown instanceof CommandLine.UnmatchedArgumentException unmatched) {
            for (String suggestion : unmatched.getSuggestions()) {
                suggestions
                        .append(suggestions.isEmpty() ? "did you mean " : " or ")
                        .append(suggestion);
            }
        }
        suggestions.append(suggestions.isEmpty() ? "" : "? ");
        err.println("  fix:   " + suggestions + "`" + command.getCommandSpec().qualifiedName()
                + " --help` shows what there is");
        return Exit.USAGE;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command given");
    }

    /// What `--version` prints.
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                Build.current().toString(),
                "Java " + System.getProperty("java.version") + ", " + System.getProperty("java.vendor")
            };
        }
    }
}
