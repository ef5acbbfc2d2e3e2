package dev.assay.engine.run;

import dev.assay.HarnessException;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.timing.HostLoad;
import dev.assay.results.JournalState;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;

/// Runs two plans beside each other: a candidate and the base that it is compared with.
///
/// Everything of both is verified. What passes in both is timed in alternation: in every round the cases of a group
/// one after the other, each in both arms right after each other, in fresh workers ([GroupTurn]). Noise that lasts
/// longer than that meets both alike, and rounds are compared pair by pair. Each folder is a complete run of its own.
public final class PairedRun {
    private PairedRun() {}

    /// What both runs came to.
    public record Result(JournalState base, JournalState candidate) {}

    /// Runs what the plans of both folders hold and their journals do not hold yet.
    ///
    /// Throws [HarnessException] for plans that cannot be timed in alternation.
    ///
    /// @param baseListener told of the base's rows and devices, and of the timing of both
    public static Result execute(
            RunFolder base, RunListener baseListener, RunFolder candidate, RunListener candidateListener)
            throws IOException, InterruptedException {
        try (Arm first = Arm.open(base, baseListener);
                Arm second = Arm.open(candidate, candidateListener)) {
            check(first, second);
            Run.verify(first);
            Run.verify(second);
            new Rounds(List.of(first, second), HostLoad::now).run();
            first.finished();
            second.finished();
            return new Result(first.state(), second.state());
        }
    }

    private static void check(Arm base, Arm candidate) {
        RunSettings ours = base.settings();
        RunSettings theirs = candidate.settings();
        boolean alike = ours.mode() == theirs.mode()
                && ours.rounds() == theirs.rounds()
                && ours.timing().orderSeed() == theirs.timing().orderSeed()
                && ours.timing().cold() == theirs.timing().cold()
                && base.plan().backends().size() == candidate.plan().backends().size();
        if (!alike) {
            throw new HarnessException(
                    "these two runs cannot be timed in alternation: their plans differ in mode, rounds, order or"
                            + " number of backends",
                    base.folder().path() + " and " + candidate.folder().path(),
                    "plan both with the same options");
        }
    }

    /// The plan of the other arm: the same cases, timed alike, on another backend.
    ///
    /// @param pluginJar in place of the installed plugin; empty for the installed one
    public static PlanFile against(PlanFile plan, BackendRef backend, String pluginJar) {
        RunSettings settings = RunSettings.of(plan);
        RunSettings other = settings.withTiming(settings.timing().withPluginJar(pluginJar));
        return new PlanFile(plan.schema(), other.toJson(), plan.suites(), List.of(backend), plan.cases());
    }

    /// The plan of another stage: some of the cases, in fresh rounds whose order is drawn anew.
    public static PlanFile again(PlanFile plan, Predicate<PlannedCase> wanted, int rounds, long orderSeed) {
        RunSettings settings = RunSettings.of(plan).withRounds(rounds);
        RunSettings other = settings.withTiming(settings.timing().withOrderSeed(orderSeed));
        PlanFile some = plan.keeping(plan.cases().stream().filter(wanted).toList());
        return new PlanFile(some.schema(), other.toJson(), some.suites(), some.backends(), some.cases());
    }
}
