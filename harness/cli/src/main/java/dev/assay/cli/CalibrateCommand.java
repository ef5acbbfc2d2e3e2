package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.cli.Execution.Outcome;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.run.Environment;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.compare.Calibration;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `assay calibrate`.
@Command(
        name = "calibrate",
        description = {
            "Measures what this machine is good for: what a backend reaches at best, and how much two runs of the same"
                    + " build differ though nothing does.",
            "",
            "Runs the suite control, or those named, twice in alternation. `assay compare` and `assay run` take the"
                    + " file with --calibration."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%nExample:%n",
        footer = "  assay calibrate --backend cpu --rounds 20 -o cpu.calibration.json")
final class CalibrateCommand implements Callable<Integer> {
    private static final int ROUNDS = 20;
    private static final int[] SHOWN = {6, 10, 15, 20};

    @Mixin
    private PlanOptions options = new PlanOptions();

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "The file that is written.")
    private Path output = Path.of("");

    @Option(
            names = "--runs",
            paramLabel = "DIR",
            description = "Where the folders of the runs are made. Default: ${DEFAULT-VALUE}.",
            defaultValue = "runs")
    private Path runs = Path.of("runs");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        options.standard(PlanOptions.CONTROL, ROUNDS);
        PlanFile plan = options.plan();
        if (plan.backends().size() != 1) {
            throw new HarnessException(
                    plan.backends().size() + " backends, and noise and peaks are those of one",
                    "--backend",
                    "name one backend; each has a file of its own");
        }
        BackendRef backend = plan.backends().getFirst();
        RunSettings settings = RunSettings.of(plan);
        Execution execution = new Execution(
                spec.commandLine().getParseResult().originalArgs(),
                spec.commandLine().getErr());
        Outcome probe = execution.execute(execution.begin(runs, PeakProbe.plan(backend, settings), options.seed()));
        PlanFile drawn = new PlanFile(
                plan.schema(),
                settings.withTiming(settings.timing().withOrderSeed(Execution.freshOrder()))
                        .toJson(),
                plan.suites(),
                plan.backends(),
                plan.cases());
        List<Outcome> arms = execution.execute(execution.begin(runs, drawn, drawn, options.seed()));
        Calibration calibration = Calibration.of(
                        Environment.here().hardwareClassId(),
                        backend.id(),
                        backend.options(),
                        arms.stream().map(arm -> arm.state().samples()).toList())
                .with(PeakProbe.of(probe.state().timings()));
        calibration.write(output);
        print(calibration);
        arms.forEach(arm -> spec.commandLine().getOut().println(arm.folder().path()));
        spec.commandLine().getOut().println(output);
        return Math.max(
                probe.exit(), arms.stream().mapToInt(Outcome::exit).max().orElse(Exit.OK));
    }

    private void print(Calibration calibration) {
        PrintWriter out = spec.commandLine().getOut();
        Table table = new Table("case", "metric", "clock", "noise floor", "6", "10", "15", "20 rounds find");
        for (Calibration.CaseNoise noise : calibration.cases()) {
            String[] cells = new String[4 + SHOWN.length];
            cells[0] = noise.caseId();
            cells[1] = noise.metric();
            cells[2] = noise.clock();
            cells[3] = percent(noise.noiseFloorPct());
            for (int i = 0; i < SHOWN.length; i++) {
                Double detectable = noise.detectablePct().get(SHOWN[i]);
                cells[4 + i] = detectable == null ? "-" : percent(detectable);
            }
            table.row(cells);
        }
        table.print(out);
        out.println();
        Double bytes = calibration.peaks().bytesPerS();
        out.println("copy: " + (bytes == null ? "not measured" : giga(bytes) + " GB/s"));
        calibration
                .peaks()
                .flopsPerS()
                .forEach((dtype, flops) -> out.println("product in " + dtype + ": " + giga(flops) + " Gflop/s"));
        out.println("noise floor of all cases: " + percent(calibration.noiseFloorPct()));
    }

    private static String percent(double value) {
        return String.format(Locale.ROOT, "%.1f %%", value);
    }

    private static String giga(double value) {
        return String.format(Locale.ROOT, "%.1f", value / 1e9);
    }
}
