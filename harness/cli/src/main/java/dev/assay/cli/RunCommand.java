package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.run.Environment;
import dev.assay.engine.run.Run;
import dev.assay.numerics.RuleConstants;
import dev.assay.results.CaseRow;
import dev.assay.results.JournalState;
import dev.assay.results.Json;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.RunFolder;
import dev.assay.results.Verdict;
import dev.assay.results.report.VerdictCounts;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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
            "  assay run --onnx onnx/backend/test/data/node --backend cpu",
            "  assay run --resume runs/20260101T120000Z-abcdefgh"
        })
final class RunCommand implements Callable<Integer> {
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

    @Option(names = "--resume", paramLabel = "RUN", description = "Go on with a run that was interrupted.")
    private @Nullable Path resume;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        Path unfinished = resume;
        RunFolder folder = unfinished == null ? begin() : reopen(unfinished);
        err.println("run folder: " + folder.path());
        GoOn goOn = new GoOn(err, "run --resume " + folder.path());
        try {
            return execute(folder, err);
        } finally {
            goOn.over();
        }
    }

    private RunFolder begin() throws IOException {
        PlanFile plan = options.plan(scorecard, trace);
        RunFolder folder = RunFolder.create(output);
        folder.writePlan(plan);
        folder.writeEnvironment(Environment.here().toMap(Map.of()));
        folder.writeManifest(manifest(folder, options.seed(), Instant.now().toString()));
        return folder;
    }

    /// Throws [HarnessException] where going on would mix what does not belong together.
    private RunFolder reopen(Path path) throws IOException {
        if (!options.isUntouched() || scorecard || trace) {
            throw new HarnessException(
                    "a run goes on as it was planned",
                    "--resume " + path,
                    "leave the other options away, or start a new run without --resume");
        }
        RunFolder folder = RunFolder.of(path);
        Manifest before = folder.readManifest();
        Build build = Build.current();
        same("the rule constants", before.ruleConstants(), RuleConstants.fingerprint(), path);
        same("the version of Assay", before.commit(), build.commit(), path);
        Object machine = folder.readEnvironment().getOrDefault("env_id", "");
        same("the machine", String.valueOf(machine), Environment.here().environmentId(), path);
        return folder;
    }

    private static void same(String what, String before, String now, Path path) {
        if (!before.equals(now)) {
            throw new EnvironmentException(
                    what + " was '" + before + "' when this run began and is '" + now + "' now",
                    "--resume " + path,
                    "go on where it began, or start a new run");
        }
    }

    private int execute(RunFolder folder, PrintWriter err) throws IOException, InterruptedException {
        Manifest begun = folder.readManifest();
        PlanFile plan = folder.readPlan();
        JournalState state;
        Map<String, Object> environment = folder.readEnvironment();
        boolean terminal = Boolean.getBoolean(Assay.TERMINAL);
        try (Progress progress = new Progress(err, terminal)) {
            state = Run.execute(folder, progress);
            Map<String, Object> devices = new TreeMap<>();
            if (environment.get("devices") instanceof Map<?, ?> known) {
                known.forEach((name, facts) -> devices.put(String.valueOf(name), facts));
            }
            devices.putAll(progress.devices());
            environment.put("devices", devices);
        }
        folder.writeEnvironment(environment);
        Collection<CaseRow> rows = state.rows();
        int missing = Summary.missing(plan, rows);
        int exit = Exit.of(rows, missing);
        Map<String, Integer> counts = new TreeMap<>();
        VerdictCounts.of(rows).forEach((Verdict verdict, Integer count) -> counts.put(verdict.word(), count));
        folder.finish(
                rows,
                state.timings(),
                state.samples(),
                RunSettings.of(plan).scorecard() ? Optional.of(state.scorecard()) : Optional.empty(),
                begun.ended(Instant.now().toString(), missing == 0, counts, exit));
        PrintWriter out = spec.commandLine().getOut();
        new ModelSummary(plan, state.timings()).print(out);
        new Summary(plan, rows, begun.seed() != null).print(out);
        if (RunSettings.of(plan).scorecard()) {
            out.println();
            new ScorecardSummary(state.scorecard()).print(out);
        }
        if (Files.isDirectory(folder.file(RunFolder.TRACE))) {
            out.println("traces of what did not pass: " + folder.file(RunFolder.TRACE));
        }
        out.println(folder.path());
        return exit;
    }

    private Manifest manifest(RunFolder folder, @Nullable Long seed, String startedAt) throws IOException {
        Build build = Build.current();
        List<String> arguments = spec.commandLine().getParseResult().originalArgs();
        return new Manifest(
                Manifest.SCHEMA,
                Manifest.COLUMNS,
                folder.id(),
                build.version(),
                build.commit(),
                build.cleanTree().orElse(null),
                RuleConstants.fingerprint(),
                Json.sha256(Files.readAllBytes(folder.file(RunFolder.PLAN))),
                arguments,
                seed,
                "",
                "",
                startedAt,
                "",
                false,
                Map.of(),
                Exit.INCOMPLETE);
    }
}
