package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.cli.Execution.Outcome;
import dev.assay.engine.plan.RunSettings;
import dev.assay.results.PlanFile;
import dev.assay.results.RunFolder;
import dev.assay.results.compare.Change;
import dev.assay.results.compare.Comparison;
import dev.assay.results.compare.TextReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `assay run`.
@Command(
        name = "run",
        description = {
            "Runs suites on backends: proves every result against an fp64 reference, then times what it has proved.",
            "",
            "Prints how many cases passed of those planned, what failed and how to repeat it, and last the folder that"
                    + " holds the results."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:everything that was run passed",
            "1:a fault of Assay itself",
            "2:the command line or a suite file is wrong",
            "3:some result is wrong (fail, unstable, error)",
            "4:with --against, something is slower than the base, in fresh rounds too",
            "7:some case crashed, hung or ran out of memory",
            "9:the run cannot go on on this machine",
            "10:a backend plugin cannot be loaded or opened",
            "75:a file could not be written; what is finished is kept",
            "130:interrupted; what is finished is kept"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  assay run smoke",
            "  assay run llama3-8b --backend simulated:chip=tensor-core --quick",
            "  assay run qwen3-32b --batch 16 --prefill 2048 --tp 8",
            "  assay run llama3-8b-training --size 4096 --tp 8",
            "  assay run --onnx onnx/backend/test/data/node --backend cpu",
            "  assay run smoke --backend cpu --against old/cpu.jar --rounds 10",
            "  assay run --resume runs/20260101T120000Z-abcdefgh"
        })
final class RunCommand implements Callable<Integer> {
    /// The least p that the signed-rank test can then reach is 2 in 1024.
    private static final int COMPARED_ROUNDS = 10;

    @Mixin
    private PlanOptions options = new PlanOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Where the folder of the run is made. Default: ${DEFAULT-VALUE}.",
            defaultValue = "runs")
    private Path output = Path.of("runs");

    @Option(
            names = "--scorecard",
            description = "Also hold the outputs against published criteria (scorecard.csv). They never decide.")
    private boolean scorecard;

    @Option(
            names = "--trace",
            description =
                    "Of every case that does not pass, write inputs, outputs, expected values and bounds as .npy into"
                            + " the folder trace of the run.")
    private boolean trace;

    @Option(
            names = "--against",
            paramLabel = "BASE",
            description = "Time the backend in alternation with this one, so that `assay compare` sees their rounds in"
                    + " pairs: a backend with its options, a .jar with another version of the same plugin, or another"
                    + " file in place of the one in its options. --rounds is 10 then. Both are compared, what regressed"
                    + " is measured afresh, and two folders are printed, the base's first.")
    private @Nullable String against;

    @Option(
            names = "--resume",
            paramLabel = "RUN",
            description = "Go on with a run that was interrupted; of two in alternation, with both.")
    private @Nullable Path resume;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Execution execution = new Execution(
                spec.commandLine().getParseResult().originalArgs(),
                spec.commandLine().getErr());
        Path unfinished = resume;
        List<RunFolder> folders = unfinished == null ? begin(execution) : reopen(execution, unfinished);
        List<Outcome> outcomes = folders.size() == 1
                ? List.of(execution.execute(folders.getFirst()))
                : execution.execute(new Execution.Pair(folders.getFirst(), folders.getLast()));
        outcomes.forEach(this::print);
        int exit = outcomes.getLast().exit();
        if (outcomes.size() == 2) {
            boolean slower = compare(execution, outcomes);
            exit = exit == Exit.OK && slower ? Exit.REGRESSED : exit;
        }
        outcomes.forEach(
                outcome -> spec.commandLine().getOut().println(outcome.folder().path()));
        return exit;
    }

    /// Whether something regressed.
    private boolean compare(Execution execution, List<Outcome> outcomes) throws IOException, InterruptedException {
        Execution.Pair pair = new Execution.Pair(
                outcomes.getFirst().folder(), outcomes.getLast().folder());
        Path parent = outcomes.getLast().folder().path().toAbsolutePath().getParent();
        Contest contest = new Contest(
                execution, parent == null ? output : parent, spec.commandLine().getErr());
        Comparison comparison = contest.of(pair, options.calibrations());
        PrintWriter out = spec.commandLine().getOut();
        out.println();
        TextReport.print(comparison, false, out);
        return comparison.counts().getOrDefault(Change.REGRESSED, 0L) > 0;
    }

    /// @return the folder, or those of base and candidate
    private List<RunFolder> begin(Execution execution) throws IOException {
        String base = against;
        if (base != null) {
            options.standardRounds(COMPARED_ROUNDS);
        }
        PlanFile plan = options.plan(scorecard, trace);
        if (base == null) {
            return List.of(execution.begin(output, plan, options.seed()));
        }
        Opponent.Plans plans = Opponent.plans(plan, base);
        Execution.Pair pair = execution.begin(output, plans.base(), plans.candidate(), options.seed());
        return List.of(pair.base(), pair.candidate());
    }

    private List<RunFolder> reopen(Execution execution, Path path) throws IOException {
        if (!options.isUntouched() || scorecard || trace || against != null) {
            throw new HarnessException(
                    "a run goes on as it was planned",
                    "--resume " + path,
                    "leave the other options away, or start a new run without --resume");
        }
        return execution.reopen(path);
    }

    private void print(Outcome outcome) {
        PrintWriter out = spec.commandLine().getOut();
        new ModelSummary(outcome.plan(), outcome.state().timings()).print(out);
        new Summary(outcome.plan(), outcome.state().rows(), outcome.ownSeed()).print(out);
        if (RunSettings.of(outcome.plan()).scorecard()) {
            out.println();
            new ScorecardSummary(outcome.state().scorecard()).print(out);
        }
        if (Files.isDirectory(outcome.folder().file(RunFolder.TRACE))) {
            out.println("traces of what did not pass: " + outcome.folder().file(RunFolder.TRACE));
        }
    }
}
