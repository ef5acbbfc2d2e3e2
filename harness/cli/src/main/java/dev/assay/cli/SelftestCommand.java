package dev.assay.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.assay.HarnessException;
import dev.assay.engine.run.Backends;
import dev.assay.engine.selftest.Criteria;
import dev.assay.engine.selftest.Goal;
import dev.assay.engine.selftest.Grid;
import dev.assay.engine.selftest.Report;
import dev.assay.engine.selftest.Selftest;
import dev.assay.engine.selftest.Settings;
import dev.assay.engine.selftest.Settings.Level;
import dev.assay.numerics.RuleConstants;
import dev.assay.results.SelftestFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `assay selftest`.
@Command(
        name = "selftest",
        description = {
            "Judges the judge: plants the faults that backends offer and counts how many are found, and has right"
                    + " kernels judged, of which none may be accused.",
            "",
            "Prints rates with their 95 %% intervals, what survived and how to repeat it, whether the goals are met, and"
                    + " last the folder that holds selftest.csv and variations.csv."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all goals are met",
            "1:a fault of Assay itself",
            "2:the command line or the grid is wrong",
            "3:some goal is not met",
            "9:it cannot go on with this version of Assay",
            "10:a backend plugin cannot be loaded",
            "75:a file could not be written; what is finished is kept",
            "130:interrupted; what is finished is kept"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  assay selftest --quick",
            "  assay selftest --fault drop-k-tail",
            "  assay selftest --variations-only --tensors 100000 --seed 7",
            "  assay selftest --resume runs/20260101T120000Z-abcdefgh"
        })
final class SelftestCommand implements Callable<Integer> {
    private static final long STANDARD_TENSORS = 100_000;
    private static final Pattern TIME = Pattern.compile("([0-9]{1,6})(s|m|h)");

    @ArgGroup
    private Levels levels = new Levels();

    /// At most one of them.
    static final class Levels {
        @Option(
                names = "--quick",
                description = "A few mutants of every fault; goals fail only where so few refute them.")
        private boolean quick;

        @Option(names = "--long", description = "All of the grid: every fault on every case and device.")
        private boolean all;

        @Option(names = "--variations-only", description = "Judge right kernels alone, and many of them.")
        private boolean variationsOnly;
    }

    @Option(
            names = "--tensors",
            paramLabel = "N",
            description = "With --variations-only: how many to judge. Default: " + STANDARD_TENSORS + ".")
    private @Nullable Long tensors;

    @Option(names = "--seed", paramLabel = "N", description = "Of the inputs. Default: the grid's.")
    private @Nullable Long seed;

    @Option(names = "--seeds", paramLabel = "N", description = "Meet every case with N seeds. Default: 1.")
    private @Nullable Integer seeds;

    @Option(
            names = "--backend",
            paramLabel = "ID[:KEY=VALUE,...]",
            description = "Only this backend, or this device of it; may be given more than once.")
    private List<String> backends = new ArrayList<>();

    @Option(names = "--fault", paramLabel = "ID", description = "Only this fault; may be given more than once.")
    private List<String> faults = new ArrayList<>();

    @Option(names = "--variation", paramLabel = "ID", description = "Only this variation; the same.")
    private List<String> variations = new ArrayList<>();

    @Option(names = "--case", paramLabel = "ID", description = "Only this case of the grid; the same.")
    private List<String> cases = new ArrayList<>();

    @Option(names = "--grid", paramLabel = "FILE", description = "A grid of your own, see docs/selftest.md.")
    private @Nullable Path grid;

    @Option(
            names = "--time-budget",
            paramLabel = "TIME",
            description = "Begin nothing new after 90s, 30m or 8h; the folder can be resumed.")
    private @Nullable String timeBudget;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Kernels judged at the same time. Default: all processors. Results do not depend on it.")
    private @Nullable Integer threads;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Where the folder is made. Default: ${DEFAULT-VALUE}.",
            defaultValue = "runs")
    private Path output = Path.of("runs");

    @Option(names = "--resume", paramLabel = "DIR", description = "Go on with one that was interrupted.")
    private @Nullable Path resume;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        Optional<Duration> budget = Optional.ofNullable(timeBudget).map(SelftestCommand::duration);
        int workers = within(threads, Runtime.getRuntime().availableProcessors(), 4096, "--threads");
        Grid cells = Grid.load(Optional.ofNullable(grid));
        Path unfinished = resume;
        SelftestFolder folder =
                unfinished == null ? SelftestFolder.create(output, settings(cells)) : reopen(unfinished);
        Settings settings = folder.readSettings(new TypeReference<>() {});
        err.println("selftest folder: " + folder.path());
        String command = System.getProperty(Assay.COMMAND, "assay");
        Selftest.Outcome outcome;
        String again = "selftest" + (grid == null ? "" : " --grid " + grid) + " --resume " + folder.path();
        GoOn goOn = new GoOn(err, again);
        try (Progress progress = new Progress(err, Boolean.getBoolean(Assay.TERMINAL))) {
            Selftest selftest =
                    new Selftest(folder, settings, cells, new Backends().standing(), Criteria.PUBLISHED, progress);
            outcome = selftest.run(workers, budget);
        } finally {
            goOn.over();
        }
        Report report = new Report(settings, cells, outcome, command);
        folder.finish(outcome.mutants(), outcome.variations(), report.text());
        PrintWriter out = spec.commandLine().getOut();
        out.print(report.text());
        if (outcome.missing() > 0) {
            out.println("go on with: " + command + " " + again);
        }
        out.println(folder.path());
        return report.goals().stream().allMatch(Goal::isMet) ? Exit.OK : Exit.INCORRECT;
    }

    private Settings settings(Grid cells) {
        Level level = levels.quick ? Level.QUICK : levels.all ? Level.LONG : Level.STANDARD;
        if (tensors != null && !levels.variationsOnly) {
            throw new HarnessException(
                    "tensors are counted of right kernels alone", "--tensors " + tensors, "add --variations-only");
        }
        if (tensors != null && tensors < 1) {
            throw new HarnessException("'" + tensors + "'", "--tensors", "give a number from 1");
        }
        if (levels.variationsOnly && !faults.isEmpty()) {
            throw new HarnessException(
                    "no fault is planted in right kernels", "--variations-only", "leave --fault away");
        }
        Backends installed = new Backends();
        backends.forEach(text -> installed.parse(text, "--backend " + text));
        long wanted = tensors == null ? STANDARD_TENSORS : tensors;
        Build build = Build.current();
        return new Settings(
                Settings.SCHEMA,
                RuleConstants.fingerprint(),
                cells.sha256(),
                build.version(),
                build.commit(),
                level,
                seed == null ? cells.seed() : seed,
                within(seeds, 1, 1_000_000, "--seeds"),
                levels.variationsOnly ? wanted : 0,
                backends,
                faults,
                variations,
                cases);
    }

    /// Throws [HarnessException] where going on would mix what does not belong together.
    private SelftestFolder reopen(Path path) throws IOException {
        boolean untouched = !levels.quick
                && !levels.all
                && !levels.variationsOnly
                && tensors == null
                && seed == null
                && seeds == null
                && backends.isEmpty()
                && faults.isEmpty()
                && variations.isEmpty()
                && cases.isEmpty();
        if (!untouched) {
            throw new HarnessException(
                    "an examination goes on as it began",
                    "--resume " + path,
                    "leave the options away that say what is judged");
        }
        SelftestFolder folder = SelftestFolder.of(path);
        Settings before = folder.readSettings(new TypeReference<>() {});
        same("the rule constants", before.ruleConstants(), RuleConstants.fingerprint(), path);
        same("the version of Assay", before.commit(), Build.current().commit(), path);
        return folder;
    }

    private static void same(String what, String before, String now, Path path) {
        if (!before.equals(now)) {
            throw new EnvironmentException(
                    what + " was '" + before + "' when this began and is '" + now + "' now",
                    "--resume " + path,
                    "go on with the one that it began with, or begin anew");
        }
    }

    private static Duration duration(String text) {
        Matcher matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            throw new HarnessException("'" + text + "' is no time", "--time-budget", "write 90s, 30m or 8h");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
    }

    private static int within(@Nullable Integer given, int standard, int most, String option) {
        int value = given == null ? standard : given;
        if (value < 1 || value > most) {
            throw new HarnessException("'" + value + "'", option, "give a number from 1 to " + most);
        }
        return value;
    }
}
