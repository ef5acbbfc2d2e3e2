package dev.assay.cli;

import dev.assay.HarnessException;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.run.Environment;
import dev.assay.engine.run.PairedRun;
import dev.assay.engine.run.Run;
import dev.assay.engine.run.RunListener;
import dev.assay.numerics.RuleConstants;
import dev.assay.results.CaseRow;
import dev.assay.results.JournalState;
import dev.assay.results.Json;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RunFolder;
import dev.assay.results.Verdict;
import dev.assay.results.report.VerdictCounts;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Makes folders of runs, runs what they plan, alone or two in alternation, and finishes them.
final class Execution {
    /// Names of the arms in manifests.
    static final String BASE = "base";

    static final String CANDIDATE = "cand";

    private final List<String> arguments;
    private final PrintWriter err;

    /// @param arguments the command line, for manifests
    /// @param err told how far a run is
    Execution(List<String> arguments, PrintWriter err) {
        this.arguments = List.copyOf(arguments);
        this.err = err;
    }

    /// Two runs that are timed in alternation.
    record Pair(RunFolder base, RunFolder candidate) {}

    /// A run that is over.
    ///
    /// @param ownSeed whether the command line set the seed
    record Outcome(RunFolder folder, PlanFile plan, JournalState state, boolean ownSeed, int exit) {}

    /// A new run that stands alone.
    ///
    /// @param seed given on the command line, if any
    RunFolder begin(Path parent, PlanFile plan, @Nullable Long seed) throws IOException {
        return begin(parent, plan, seed, "", "");
    }

    /// Two new runs of one session.
    Pair begin(Path parent, PlanFile base, PlanFile candidate, @Nullable Long seed) throws IOException {
        RunFolder first = RunFolder.create(parent);
        // The session goes by the base's name: as unique as that, and it tells where to look.
        fill(first, base, seed, first.id(), BASE);
        return new Pair(first, begin(parent, candidate, seed, first.id(), CANDIDATE));
    }

    private RunFolder begin(Path parent, PlanFile plan, @Nullable Long seed, String session, String arm)
            throws IOException {
        RunFolder folder = RunFolder.create(parent);
        fill(folder, plan, seed, session, arm);
        return folder;
    }

    private void fill(RunFolder folder, PlanFile plan, @Nullable Long seed, String session, String arm)
            throws IOException {
        folder.writePlan(plan);
        folder.writeEnvironment(Environment.here().toMap(Map.of()));
        Build build = Build.current();
        folder.writeManifest(new Manifest(
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
                session,
                arm,
                Instant.now().toString(),
                "",
                false,
                Map.of(),
                Exit.INCOMPLETE));
    }

    /// The runs that go on together with this one: itself, or both arms of its session, the base first.
    ///
    /// Throws [HarnessException] where going on would mix what does not belong together.
    List<RunFolder> reopen(Path path) throws IOException {
        RunFolder folder = checked(path);
        Manifest manifest = folder.readManifest();
        if (manifest.session().isEmpty()) {
            return List.of(folder);
        }
        List<RunFolder> arms = new ArrayList<>();
        try (Stream<Path> beside = Files.list(path.toAbsolutePath().normalize().getParent())) {
            for (Path each : beside.sorted().toList()) {
                boolean isRun = Files.isRegularFile(each.resolve(RunFolder.PLAN))
                        && Files.isRegularFile(each.resolve(RunFolder.MANIFEST));
                if (isRun && RunFolder.of(each).readManifest().session().equals(manifest.session())) {
                    arms.add(checked(each));
                }
            }
        }
        List<String> names = new ArrayList<>();
        for (RunFolder arm : arms) {
            names.add(arm.readManifest().arm());
        }
        if (names.equals(List.of(CANDIDATE, BASE))) {
            return arms.reversed();
        }
        if (!names.equals(List.of(BASE, CANDIDATE))) {
            throw new HarnessException(
                    "the run was timed in alternation with another one, and beside it there are the arms " + names
                            + " of session " + manifest.session(),
                    "--resume " + path,
                    "put the folders of both arms beside each other");
        }
        return arms;
    }

    private static RunFolder checked(Path path) throws IOException {
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

    /// Runs a plan to its end and finishes its folder.
    Outcome execute(RunFolder folder) throws IOException, InterruptedException {
        GoOn goOn = announce(folder);
        try (Progress progress = progress()) {
            JournalState state = Run.execute(folder, progress);
            return finish(folder, state, progress.devices());
        } finally {
            goOn.over();
        }
    }

    /// Runs two plans in alternation to their end and finishes both folders.
    ///
    /// @return the base's and the candidate's
    List<Outcome> execute(Pair pair) throws IOException, InterruptedException {
        err.println("base folder: " + pair.base().path());
        GoOn goOn = announce(pair.candidate());
        try (Progress progress = progress()) {
            Devices ofBase = new Devices(progress);
            Devices ofCandidate = new Devices(progress);
            PairedRun.Result result = PairedRun.execute(pair.base(), ofBase, pair.candidate(), ofCandidate);
            return List.of(
                    finish(pair.base(), result.base(), ofBase.devices),
                    finish(pair.candidate(), result.candidate(), ofCandidate.devices));
        } finally {
            goOn.over();
        }
    }

    /// The second stage of a comparison: the wanted cases of a pair in a new session, in fresh rounds whose order is
    /// drawn anew. Rows of the first stage play no part in it.
    Pair again(Path parent, Pair first, Predicate<PlannedCase> wanted, int rounds) throws IOException {
        long order = freshOrder();
        return begin(
                parent,
                PairedRun.again(first.base().readPlan(), wanted, rounds, order),
                PairedRun.again(first.candidate().readPlan(), wanted, rounds, order),
                first.candidate().readManifest().seed());
    }

    /// Unlike any other, so that no two sessions share what their order does to times.
    static long freshOrder() {
        return new SecureRandom().nextLong();
    }

    private GoOn announce(RunFolder folder) {
        err.println("run folder: " + folder.path());
        return new GoOn(err, "run --resume " + folder.path());
    }

    private Progress progress() {
        return new Progress(err, Boolean.getBoolean(Assay.TERMINAL));
    }

    /// Keeps what the devices of one arm told, and shows the rest.
    private static final class Devices implements RunListener {
        private final Progress progress;
        private final Map<String, Map<String, String>> devices = new TreeMap<>();

        Devices(Progress progress) {
            this.progress = progress;
        }

        @Override
        public void opened(BackendRef backend, Map<String, String> facts) {
            devices.put(backend.label(), facts);
        }

        @Override
        public void phase(String name, int steps, double estimateMs) {
            progress.phase(name, steps, estimateMs);
        }

        @Override
        public void step(String what, double estimateMs) {
            progress.step(what, estimateMs);
        }

        @Override
        public void row(CaseRow row) {
            progress.row(row);
        }
    }

    private static Outcome finish(RunFolder folder, JournalState state, Map<String, Map<String, String>> opened)
            throws IOException {
        Map<String, Object> environment = folder.readEnvironment();
        Map<String, Object> devices = new TreeMap<>();
        if (environment.get("devices") instanceof Map<?, ?> known) {
            known.forEach((name, facts) -> devices.put(String.valueOf(name), facts));
        }
        devices.putAll(opened);
        environment.put("devices", devices);
        folder.writeEnvironment(environment);
        PlanFile plan = folder.readPlan();
        Collection<CaseRow> rows = state.rows();
        int missing = Summary.missing(plan, rows);
        int exit = Exit.of(rows, missing);
        Map<String, Integer> counts = new TreeMap<>();
        VerdictCounts.of(rows).forEach((Verdict verdict, Integer count) -> counts.put(verdict.word(), count));
        Manifest begun = folder.readManifest();
        folder.finish(
                rows,
                state.timings(),
                state.samples(),
                RunSettings.of(plan).scorecard() ? Optional.of(state.scorecard()) : Optional.empty(),
                begun.ended(Instant.now().toString(), missing == 0, counts, exit));
        return new Outcome(folder, plan, state, begun.seed() != null, exit);
    }
}
