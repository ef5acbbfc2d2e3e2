package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.engine.model.Models;
import dev.assay.engine.model.Request;
import dev.assay.engine.plan.Planner;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.engine.plan.RunSettings.Timing;
import dev.assay.engine.run.Backends;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What is to be run: shared by `run` and `plan`.
final class PlanOptions {
    static final String CONTROL = "control";
    private static final int LONGEST_TIMEOUT_SECONDS = 86_400;
    private static final int MOST_ROUNDS = 1000;
    private static final int QUICK_ROUNDS = 1;
    private static final int RELEASE_ROUNDS = 5;

    @Parameters(
            paramLabel = "SUITE",
            description = "Names of suites and models (`assay list suites`), or files that end in .json.",
            arity = "0..*")
    private List<String> suites = new ArrayList<>();

    @Option(
            names = "--backend",
            paramLabel = "ID[:KEY=VALUE,...]",
            description =
                    "A backend and its options; may be given more than once. Default: every one that is installed.")
    private List<String> backends = new ArrayList<>();

    @Option(
            names = "--onnx",
            paramLabel = "DIR",
            description = "Run the ONNX backend node tests below this folder"
                    + " (NAME/model.onnx with NAME/test_data_set_0/*.pb).")
    private List<Path> onnx = new ArrayList<>();

    @Option(
            names = "--case",
            paramLabel = "ID",
            description =
                    "Only this case; may be given more than once. Without a SUITE it is looked for in all of them.")
    private List<String> only = new ArrayList<>();

    @ArgGroup
    private Modes modes = new Modes();

    /// At most one of them.
    static final class Modes {
        @Option(
                names = "--quick",
                description = "Verify all, time briefly; leave out what takes long, and say so. The default.")
        private boolean quick;

        @Option(names = "--release", description = "All shapes, timed at length.")
        private boolean release;

        @Option(names = "--verify-only", description = "Time nothing.")
        private boolean verifyOnly;
    }

    @Option(
            names = "--full-reference",
            description = "Compute the references of large shapes too; `assay plan` says what that takes.")
    private boolean fullReference;

    @Option(names = "--seed", paramLabel = "N", description = "Of the inputs, in place of the suites' own.")
    private @Nullable Long seed;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "That a backend process may use. Default: all processors.")
    private @Nullable Integer threads;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Fresh processes for timing. Default: 1, with --release 5.")
    private @Nullable Integer rounds;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "For a single case, beyond what its size explains. Default: ${DEFAULT-VALUE}.",
            defaultValue = "60")
    private int timeoutSeconds;

    @Option(
            names = "--isolate",
            description =
                    "Every backend in a process of its own, apart from the judge: it cannot spoil the judge's memory,"
                            + " and a crash costs less. Libraries and programs always are.")
    private boolean isolate;

    @Option(
            names = "--cold",
            description = "Also time with other data in the caches, as a kernel finds them that runs once.")
    private boolean cold;

    @Option(
            names = "--control",
            description = "Also run the suite control, whose kernels stay the same while others change: with 2 rounds"
                    + " or more, a later comparison sees what the machine itself changed by.")
    private boolean control;

    @Option(
            names = "--shard",
            paramLabel = "I/N",
            description = "Run every N-th case only, from the I-th on: N machines of one kind share the plan, and"
                    + " `assay results merge` joins what they made.")
    private @Nullable String shard;

    @Option(
            names = "--calibration",
            paramLabel = "FILE",
            description = "What `assay calibrate` wrote on a machine of this kind: its peaks stand in where a backend"
                    + " declares none. One for each backend that needs one.")
    private List<Path> calibrations = new ArrayList<>();

    @ArgGroup(exclusive = false, validate = false)
    private ModelOptions models = new ModelOptions();

    /// How models are run.
    static final class ModelOptions {
        @Option(
                names = "--batch",
                paramLabel = "N",
                description = "Models: sequences at once. Default: 1 and 16 in decode, 1 in prefill.")
        private @Nullable Integer batch;

        @Option(
                names = "--prefill",
                paramLabel = "N",
                description = "Models: tokens of a prompt. Default: 128 and 512, with --release 2048 and 8192.")
        private @Nullable Integer prefill;

        @Option(
                names = "--decode",
                paramLabel = "N",
                description = "Models: tokens in the cache. Default: 1000, with --release 8000.")
        private @Nullable Integer decode;

        @Option(names = "--tp", paramLabel = "N", description = "Models: devices that share each layer. Default: 1.")
        private @Nullable Integer devices;

        @Option(
                names = "--ep",
                paramLabel = "N",
                description = "Models: devices that share the experts of a layer."
                        + " Default: as the model's publisher serves it, with --tp 1.")
        private @Nullable Integer expertDevices;

        @Option(
                names = "--size",
                paramLabel = "N",
                description = "Models of training and science: tokens, residues, atoms or points along a side of each"
                        + " example. Default: a small one, with --release those that the model is used with.")
        private @Nullable Integer size;

        Request request() {
            return new Request(
                    Optional.ofNullable(batch),
                    Optional.ofNullable(prefill),
                    Optional.ofNullable(decode),
                    Optional.ofNullable(devices),
                    Optional.ofNullable(expertDevices),
                    Optional.ofNullable(size));
        }
    }

    boolean isEmpty() {
        return suites.isEmpty() && onnx.isEmpty() && only.isEmpty();
    }

    /// Whether anything at all was said about what to run.
    boolean isUntouched() {
        return isEmpty()
                && backends.isEmpty()
                && seed == null
                && threads == null
                && rounds == null
                && !fullReference
                && !isolate
                && !cold
                && !control
                && shard == null
                && calibrations.isEmpty()
                && models.request().isStandard()
                && mode() == Mode.QUICK
                && !modes.quick;
    }

    /// What is taken for granted where nothing was said.
    void standard(String suite, int numberOfRounds) {
        if (isEmpty()) {
            suites.add(suite);
        }
        standardRounds(numberOfRounds);
    }

    /// Rounds where nothing was said of them.
    void standardRounds(int number) {
        if (rounds == null) {
            rounds = number;
        }
    }

    List<Path> calibrations() {
        return List.copyOf(calibrations);
    }

    @Nullable
    Long seed() {
        return seed;
    }

    private Mode mode() {
        if (modes.release) {
            return Mode.RELEASE;
        }
        return modes.verifyOnly ? Mode.VERIFY_ONLY : Mode.QUICK;
    }

    /// Expands the suites. Throws [HarnessException] for anything unknown.
    PlanFile plan() {
        return plan(false, false);
    }

    /// As [#plan()].
    ///
    /// @param scorecard whether the run asks published criteria too
    /// @param trace whether cases that do not pass are written down
    PlanFile plan(boolean scorecard, boolean trace) {
        if (isEmpty()) {
            throw new HarnessException(
                    "nothing to run",
                    "no SUITE, --onnx or --case is given",
                    "name a suite, one of " + SuiteNames.all());
        }
        List<BackendRef> references = backends();
        RunSettings settings = new RunSettings(
                mode(),
                fullReference,
                within(threads, Runtime.getRuntime().availableProcessors(), 4096, "--threads"),
                within(rounds, modes.release ? RELEASE_ROUNDS : QUICK_ROUNDS, MOST_ROUNDS, "--rounds"),
                within(timeoutSeconds, timeoutSeconds, LONGEST_TIMEOUT_SECONDS, "--timeout"),
                scorecard,
                trace,
                isolate,
                new Timing(
                        Timing.STANDARD.orderSeed(),
                        cold,
                        Peaks.read(calibrations, references),
                        Timing.STANDARD.pluginJar()));
        if (control && (settings.rounds() < 2 || settings.mode() == Mode.VERIFY_ONLY)) {
            throw new HarnessException(
                    "control kernels show what changes between rounds, and there are none",
                    "--control",
                    "give --rounds 2 or more");
        }
        if (control && shard != null) {
            throw new HarnessException(
                    "the control kernels of every shard would be the same cases with other times, which merging refuses",
                    "--control with --shard",
                    "leave one out");
        }
        List<Planner.Source> sources = sources();
        PlanFile plan = new Planner(settings).plan(sources, references);
        PlanFile wanted = only.isEmpty() ? plan : selected(plan);
        if (shard != null) {
            return Shard.parse(shard).of(wanted);
        }
        return control ? with(wanted, new Planner(settings).plan(control(), references)) : wanted;
    }

    private List<Planner.Source> control() {
        OptionalLong given = seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
        return suites.contains(CONTROL)
                ? List.of()
                : List.of(Planner.source(SuiteNames.load(CONTROL, Request.STANDARD, given)));
    }

    private static PlanFile with(PlanFile plan, PlanFile more) {
        List<PlanFile.SuiteRef> references = new ArrayList<>(plan.suites());
        references.addAll(more.suites());
        List<PlanFile.PlannedCase> cases = new ArrayList<>(plan.cases());
        cases.addAll(more.cases());
        return new PlanFile(plan.schema(), plan.settings(), references, plan.backends(), cases);
    }

    private static int within(@Nullable Integer given, int standard, int most, String option) {
        int value = given == null ? standard : given;
        if (value < 1 || value > most) {
            throw new HarnessException("'" + value + "'", option, "give a number from 1 to " + most);
        }
        return value;
    }

    private List<BackendRef> backends() {
        Backends installed = new Backends();
        if (backends.isEmpty()) {
            if (installed.standing().isEmpty()) {
                throw new HarnessException("no backend is installed", "folder plugins", "put a plugin's jar there");
            }
            return installed.everyone();
        }
        List<BackendRef> references = new ArrayList<>();
        for (String text : backends) {
            BackendRef reference = installed.parse(text, "--backend " + text);
            if (references.stream().anyMatch(other -> other.label().equals(reference.label()))) {
                throw new HarnessException(
                        "the backend '" + reference.label() + "' twice, and rows go by that name",
                        "--backend " + text,
                        "give it once; two files of the same name need different names");
            }
            references.add(reference);
        }
        return references;
    }

    private List<Planner.Source> sources() {
        OptionalLong given = seed == null ? OptionalLong.empty() : OptionalLong.of(seed);
        Request request = models.request();
        if (!request.isStandard() && suites.isEmpty()) {
            throw new HarnessException("no model is given", request.words().strip(), "name one of " + Models.names());
        }
        return Sources.of(suites, onnx, request, given);
    }

    private PlanFile selected(PlanFile plan) {
        Set<String> wanted = Set.copyOf(only);
        List<PlanFile.PlannedCase> cases = plan.cases().stream()
                .filter(planned -> wanted.contains(planned.caseId()))
                .toList();
        Set<String> found = new HashSet<>();
        cases.forEach(planned -> found.add(planned.caseId()));
        for (String id : only) {
            if (!found.contains(id)) {
                throw new HarnessException(
                        "no case '" + id + "'",
                        "--case, in " + plan.cases().size() + " cases of "
                                + plan.suites().stream()
                                        .map(PlanFile.SuiteRef::name)
                                        .toList(),
                        "`assay list cases SUITE` shows what there is");
            }
        }
        // Only what is run stays in the plan, so that it is the denominator.
        return plan.keeping(cases);
    }
}
