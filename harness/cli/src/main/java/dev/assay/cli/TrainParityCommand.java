package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.engine.run.Backends;
import dev.assay.engine.run.TrainingSession;
import dev.assay.engine.training.ParityFinding;
import dev.assay.engine.training.ParityStep;
import dev.assay.engine.training.Spread;
import dev.assay.engine.training.TrainingPlan;
import dev.assay.engine.training.TrainingReply;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.plot.CurvePlot;
import dev.assay.tensor.DType;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `assay train-parity`.
@Command(
        name = "train-parity",
        description = {
            "Trains a small transformer through a backend's own operators, forward, backward and optimizer, beside the"
                    + " same in f64, and says whether the training is right: docs/training.md.",
            "",
            "Loss, gradients and parameters are held against the spread of twins that round as a device may, and every"
                    + " call of the first, the middle and the last step against its own bounds. What leaves is named by"
                    + " step and operator."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the training is right",
            "2:the command line is wrong",
            "3:an operator is wrong, or the training left the spread or diverged",
            "7:the backend crashed, hung, threw, or does not take an operator of the step",
            "10:the plugin cannot be loaded or opened",
            "130:interrupted; the folder holds the steps up to the last tenth"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  assay train-parity --backend simulated",
            "  assay train-parity --backend cpu --dtype f32 --steps 100 -o runs/training"
        })
final class TrainParityCommand implements Callable<Integer> {
    private static final List<DType> TYPES = List.of(DType.BF16, DType.F16, DType.F32);
    private static final int MOST_STEPS = 10_000;
    private static final int MOST_LAYERS = 100;
    private static final int SAVE_EVERY = 10;
    private static final int FEWEST_TO_PLOT = 10;
    private static final long LINE_EVERY_NANOS = 10_000_000_000L;

    @Option(
            names = "--backend",
            paramLabel = "ID[:KEY=VALUE,...]",
            description =
                    "A backend and its options; may be given more than once. Default: every one that is installed.")
    private List<String> backends = new ArrayList<>();

    @Option(
            names = "--dtype",
            paramLabel = "bf16|f16|f32",
            description = "Of weights and activations; gradients, averages and masters are f32. Default:"
                    + " ${DEFAULT-VALUE}.",
            defaultValue = "bf16")
    private String dtype = "bf16";

    @Option(names = "--steps", paramLabel = "N", description = "Default: ${DEFAULT-VALUE}.", defaultValue = "300")
    private int steps;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Of text, first weights and dropout. Default: ${DEFAULT-VALUE}.",
            defaultValue = "20270115")
    private long seed;

    @Option(
            names = "--layers",
            paramLabel = "N",
            description = "Of the transformer; with 5 it has a million parameters. Default: ${DEFAULT-VALUE}.",
            defaultValue = "5")
    private int layers;

    @Option(names = "--go-on", description = "Train to the last step, whatever is found on the way.")
    private boolean goOn;

    @Option(names = "--threads", paramLabel = "N", description = "That the backend may use. Default: all processors.")
    private @Nullable Integer threads;

    @Option(names = "--isolate", description = "A Java backend in a process apart from the judge, as all others are.")
    private boolean isolate;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "For a step. Default: ${DEFAULT-VALUE}.",
            defaultValue = "60")
    private int timeout;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "DIR",
            description = "Where a folder is made for each backend. Default: ${DEFAULT-VALUE}.",
            defaultValue = "runs/training")
    private Path output = Path.of("runs", "training");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        TrainingPlan plan = TrainingPlan.standard(type(), steps, seed).withLayers(layers);
        Backends known = new Backends();
        List<BackendRef> chosen = backends.isEmpty()
                ? known.everyone()
                : backends.stream()
                        .map(text -> known.parse(text, "--backend " + text))
                        .toList();
        int exit = Exit.OK;
        for (BackendRef backend : chosen) {
            exit = worse(exit, train(backend, plan));
        }
        return exit;
    }

    private DType type() {
        if (steps < 1 || steps > MOST_STEPS) {
            throw new ParameterException(spec.commandLine(), "--steps is " + steps + ", not 1 to " + MOST_STEPS);
        }
        if (layers < 1 || layers > MOST_LAYERS) {
            throw new ParameterException(spec.commandLine(), "--layers is " + layers + ", not 1 to " + MOST_LAYERS);
        }
        if (timeout < 1) {
            throw new ParameterException(spec.commandLine(), "'" + timeout + "' for --timeout is no time");
        }
        if (threads != null && threads < 1) {
            throw new ParameterException(spec.commandLine(), "--threads is " + threads);
        }
        return TYPES.stream()
                .filter(one -> one.label().equals(dtype))
                .findFirst()
                .orElseThrow(() -> new ParameterException(
                        spec.commandLine(),
                        "--dtype is '" + dtype + "', not one of "
                                + TYPES.stream().map(DType::label).toList()));
    }

    /// Wrong results weigh more than missing ones.
    private static int worse(int a, int b) {
        return a == Exit.INCORRECT || b == Exit.INCORRECT ? Exit.INCORRECT : Math.max(a, b);
    }

    private int train(BackendRef backend, TrainingPlan plan) throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        TrainingFolder folder = TrainingFolder.create(output, backend, plan);
        spec.commandLine().getErr().println("training folder: " + folder.path());
        out.println(backend.label() + ": " + plan.describe());
        out.flush();
        Course course = new Course(folder, plan, spec.commandLine().getErr());
        int used = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        try {
            new TrainingSession(backend, used, isolate, Duration.ofSeconds(timeout)).train(plan, goOn, course::take);
        } finally {
            if (course.isEmpty()) {
                folder.remove();
            } else {
                folder.write(course.steps, course.findings, course.judged, course.word());
            }
        }
        if (course.steps.size() >= FEWEST_TO_PLOT) {
            CurvePlot.lines(TrainingFolder.panels(course.steps).getFirst()).forEach(out::println);
        }
        out.println(course.verdict());
        course.findings.forEach(finding -> out.println("  " + finding.line()));
        out.println(folder.path());
        out.flush();
        return course.exit();
    }

    /// What has been heard of a training.
    private static final class Course {
        private final TrainingFolder folder;
        private final TrainingPlan plan;
        private final PrintWriter err;
        private final List<ParityStep> steps = new ArrayList<>();
        private final List<ParityFinding> findings = new ArrayList<>();
        private long judged;
        private boolean ended;
        private long lastLine = System.nanoTime();

        Course(TrainingFolder folder, TrainingPlan plan, PrintWriter err) {
            this.folder = folder;
            this.plan = plan;
            this.err = err;
        }

        void take(TrainingReply reply) {
            steps.addAll(reply.steps());
            findings.addAll(reply.findings());
            judged = Math.max(judged, reply.judged());
            ended = reply.ended();
            if (steps.size() % SAVE_EVERY == 0) {
                try {
                    folder.write(steps, findings, judged, "going on");
                } catch (IOException e) {
                    throw new HarnessException(
                            "the steps cannot be saved: " + e.getMessage(),
                            folder.path().toString(),
                            "see that the disk has room and can be written",
                            e);
                }
            }
            if (System.nanoTime() - lastLine > LINE_EVERY_NANOS && !steps.isEmpty()) {
                lastLine = System.nanoTime();
                ParityStep last = steps.getLast();
                err.println(String.format(
                        Locale.ROOT,
                        "  step %d of %d, loss %.4f, in f64 %.4f",
                        last.step(),
                        plan.steps(),
                        last.loss(),
                        last.lossF64()));
            }
        }

        private double most(ToDoubleFunction<ParityStep> ratio) {
            return steps.stream().mapToDouble(ratio).max().orElseThrow();
        }

        private boolean hasLost() {
            return findings.stream()
                    .anyMatch(finding -> finding.kind() == ParityFinding.Kind.ERROR
                            || finding.kind() == ParityFinding.Kind.UNSUPPORTED);
        }

        private boolean hasWrong() {
            return findings.stream()
                    .anyMatch(finding -> finding.kind() != ParityFinding.Kind.ERROR
                            && finding.kind() != ParityFinding.Kind.UNSUPPORTED);
        }

        int exit() {
            return hasWrong() ? Exit.INCORRECT : hasLost() ? Exit.INCOMPLETE : Exit.OK;
        }

        boolean isEmpty() {
            return steps.isEmpty() && findings.isEmpty();
        }

        String word() {
            return hasWrong() ? "WRONG" : hasLost() ? "NOT TRAINED" : ended ? "right" : "stopped";
        }

        String verdict() {
            if (steps.isEmpty()) {
                return word() + ", no step was done";
            }
            ParityStep last = steps.getLast();
            return word()
                    + String.format(
                            Locale.ROOT,
                            ": %d of %d steps, parameters at most %.2f times as far from f64 as the farthest twin, one"
                                    + " of them %.2f (limit %.0f), loss %.4f (in f64 %.4f, twins %.4f to %.4f), %d calls"
                                    + " judged",
                            last.step(),
                            plan.steps(),
                            most(ParityStep::ratio),
                            most(ParityStep::worst),
                            Spread.LIMIT,
                            last.loss(),
                            last.lossF64(),
                            last.lossTwins().stream()
                                    .mapToDouble(Double::doubleValue)
                                    .min()
                                    .orElse(Double.NaN),
                            last.lossTwins().stream()
                                    .mapToDouble(Double::doubleValue)
                                    .max()
                                    .orElse(Double.NaN),
                            judged);
        }
    }
}
