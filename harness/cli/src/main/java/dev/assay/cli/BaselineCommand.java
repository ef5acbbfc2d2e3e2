package dev.assay.cli;

import dev.assay.results.gate.Baseline;
import dev.assay.results.gate.Baselines;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `assay baseline`.
@Command(
        name = "baseline",
        description = "Gives names to results that others are held against, and pins them by digest.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "(set | list | show)",
        footerHeading = "%nExample:%n",
        footer = "  assay baseline set v1.2 results/published/smoke/x/cpu --reason release")
final class BaselineCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "what to do is missing: set, list or show");
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }

    @Command(
            name = "set",
            description = "Names the folder of a run, finished or published. It must verify.",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            footerHeading = "%nExample:%n",
            footer = "  assay baseline set v1.2 runs/20260101T120000Z-abcdefgh --reason release")
    void set(
            @Parameters(index = "0", paramLabel = "NAME", description = "Lower case letters, digits, '.', '_', '-'.")
                    String name,
            @Parameters(index = "1", paramLabel = "RUN|PUBLISHED", description = "The folder.") Path folder,
            @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Why it is named.")
                    String reason,
            @Option(names = "--by", paramLabel = "NAME", description = "Who names it. Default: the user.") @Nullable
                    String by,
            @Option(names = "--date", paramLabel = "DATE", description = "When. Default: today, in UTC.") @Nullable
                    LocalDate date,
            @Option(names = "--replace", description = "Move a name that is taken.") boolean replace,
            @Mixin BaselineFolder folders)
            throws IOException {
        Baseline baseline = folders.open()
                .set(
                        name,
                        folder,
                        by == null ? System.getProperty("user.name", "") : by,
                        reason,
                        date == null ? LocalDate.now(ZoneOffset.UTC) : date,
                        replace);
        print(folders.open(), baseline);
    }

    @Command(
            name = "list",
            description = "The named baselines.",
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer = "  assay baseline list")
    void list(@Mixin BaselineFolder folders) throws IOException {
        List<Baseline> all = folders.open().list();
        if (all.isEmpty()) {
            out().println("no baselines; `assay baseline set` makes one");
            return;
        }
        Table table = new Table("baseline", "run", "hardware class", "suites", "backends", "set", "by", "why");
        for (Baseline one : all) {
            table.row(
                    one.name(),
                    one.runId(),
                    one.hwClass(),
                    String.join(" ", one.suites().keySet()),
                    String.join(" ", one.backends()),
                    one.when().toString(),
                    one.who(),
                    one.why());
        }
        table.print(out());
    }

    @Command(
            name = "show",
            description = "Everything about a baseline, and whether its folder is still the one that was named.",
            mixinStandardHelpOptions = true,
            footerHeading = "%nExample:%n",
            footer = "  assay baseline show v1.2")
    void show(
            @Parameters(paramLabel = "NAME", description = "Of the baseline.") String name,
            @Mixin BaselineFolder folders)
            throws IOException {
        Baselines open = folders.open();
        Baseline baseline = open.named(name);
        print(open, baseline);
        open.resolve(name);
        out().println("the folder is the one that was named");
    }

    private void print(Baselines open, Baseline baseline) {
        PrintWriter out = out();
        out.println("baseline " + baseline.name() + ": run " + baseline.runId());
        out.println("  folder          " + open.path(baseline));
        out.println("  digest          " + baseline.sha256());
        out.println("  hardware class  " + baseline.hwClass());
        baseline.suites().forEach((suite, sha256) -> out.println("  suite           " + suite + " " + sha256));
        out.println("  backends        " + String.join(" ", baseline.backends()));
        out.println("  rule constants  " + baseline.ruleConstants());
        out.println("  set             " + baseline.when() + " by " + baseline.who() + ": " + baseline.why());
    }
}
