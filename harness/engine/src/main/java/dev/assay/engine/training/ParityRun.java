package dev.assay.engine.training;

import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.Support;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A training on a device beside its twins, step by step.
///
/// Every call of the first, the middle and the last step is judged on its own inputs. When the course leaves
/// the spread, so is every call of the next step, and the first step in which a call was wrong is looked for
/// by repeating the training.
public final class ParityRun implements AutoCloseable {
    private static final int TWINS = 3;
    /// Steps that are judged whole after the spread was left, as long as nothing is found.
    private static final int WATCHED = 16;
    /// Steps before one with a wrong call in which all calls of its operator are judged.
    private static final int NEAR = 8;
    /// Of a count from its mean, in standard deviations: beyond 6.5 lies 8e-11 of a normal distribution, and
    /// a training has some thousand masks.
    private static final double DEVIATIONS = 6.5;

    private static final long TWIN_SEED = 20_261_128;

    private final Backend backend;
    private final TrainingPlan plan;
    private final boolean goOn;
    private final Tape tape;
    private final Start start;
    private final DeviceTraining device;
    private final Twin exact;
    private final List<Twin> twins = new ArrayList<>();
    private final Spread spread;
    private final Set<String> told = new LinkedHashSet<>();
    private long judged;
    private boolean left;
    private boolean ended;

    /// @param goOn whether it goes on to the last step after something was found
    public ParityRun(Backend backend, TrainingPlan plan, boolean goOn) {
        this.backend = backend;
        this.plan = plan;
        this.goOn = goOn;
        this.tape = Transformer.tape(plan);
        this.start = new Start(plan, tape);
        this.device = new DeviceTraining(backend, tape);
        this.exact = new Twin(tape, Freedom.none());
        for (int k = 0; k < TWINS; k++) {
            twins.add(new Twin(tape, Freedom.ofF32(TWIN_SEED + k)));
        }
        this.spread = new Spread(tape, plan, exact, twins);
        start.first(this::everywhere);
    }

    private void everywhere(String slot, double[] values) {
        device.write(slot, values);
        exact.load(slot, values);
        twins.forEach(twin -> twin.load(slot, values));
    }

    /// The calls that the backend does not take: operator and reason, each once.
    public static List<ParityFinding> refused(Backend backend, TrainingPlan plan) {
        List<ParityFinding> refused = new ArrayList<>();
        Set<String> seen = new LinkedHashSet<>();
        for (TapeCall entry : Transformer.tape(plan).calls()) {
            Call call = entry.call().apply(1);
            if (backend.supports(call) instanceof Support.No(String reason) && seen.add(call.operator() + reason)) {
                refused.add(
                        new ParityFinding(ParityFinding.Kind.UNSUPPORTED, 1, entry.part(), call.operator(), reason));
            }
        }
        return refused;
    }

    /// Does so many steps more, fewer if it ends before.
    public TrainingReply advance(int steps) {
        List<ParityStep> done = new ArrayList<>();
        List<ParityFinding> findings = new ArrayList<>();
        for (int i = 0; i < steps && !ended; i++) {
            try {
                step(done, findings);
            } catch (StepFailure e) {
                findings.add(new ParityFinding(
                        ParityFinding.Kind.ERROR, e.step(), e.part(), e.operator(), String.valueOf(e.getCause())));
                ended = true;
            }
            ended |= device.done() >= plan.steps() || (!findings.isEmpty() && !goOn);
        }
        return new TrainingReply(done, findings, judged, ended);
    }

    /// What is wrong with a mask of a dropout: how much it leaves out. That it is used where it should be,
    /// the calls' own bounds say.
    private Optional<ParityFinding> rate(String slot, double[] mask, int step) {
        double kept = Arrays.stream(mask).sum();
        double stays = 1 - plan.dropout();
        double deviation = Math.sqrt(mask.length * stays * (1 - stays));
        if (Math.abs(kept - mask.length * stays) <= DEVIATIONS * deviation) {
            return Optional.empty();
        }
        TapeCall entry = tape.calls().stream()
                .filter(call -> call.outputs().containsValue(slot))
                .findFirst()
                .orElseThrow();
        return Optional.of(new ParityFinding(
                ParityFinding.Kind.OPERATOR,
                step,
                entry.part(),
                entry.call().apply(step).operator(),
                Math.round(kept) + " of " + mask.length + " elements are kept, where a probability of " + stays
                        + " gives " + Math.round(mask.length * stays) + " +- "
                        + Math.round(DEVIATIONS * deviation)));
    }

    private boolean isJudged(int step) {
        return step == 1 || step == (plan.steps() + 1) / 2 || step == plan.steps();
    }

    private void step(List<ParityStep> done, List<ParityFinding> findings) {
        int number = device.done() + 1;
        start.step(number, this::everywhere);
        boolean judges = isJudged(number);
        StepJudge judge = new StepJudge(backend, device, call -> judges);
        DrawnMasks drawn = new DrawnMasks(tape, start, device, judge);
        List<CompletableFuture<Void>> beside = new ArrayList<>();
        // A device leaves cores idle that its twins can use; the end of the block waits for them.
        try (ExecutorService threads = Executors.newFixedThreadPool(1 + TWINS)) {
            beside.add(CompletableFuture.runAsync(() -> exact.step(number, drawn::await), threads));
            for (Twin twin : twins) {
                beside.add(CompletableFuture.runAsync(() -> twin.step(number, drawn::await), threads));
            }
            try {
                device.step(drawn);
            } finally {
                drawn.end();
            }
        }
        beside.forEach(CompletableFuture::join);
        findings.addAll(found(judge));
        for (String slot : start.drawn()) {
            rate(slot, drawn.await(slot), number).filter(one -> told.add(slot)).ifPresent(findings::add);
        }
        ParityStep step = spread.measure(number, device::values);
        done.add(step);
        if (!Double.isFinite(step.loss()) || !Double.isFinite(step.norm()) || !Double.isFinite(step.distance())) {
            findings.add(diverged(step));
            ended = true;
            return;
        }
        Optional<String> leaves = spread.leaves(step);
        if (leaves.isPresent() && !left) {
            left = true;
            findings.add(new ParityFinding(ParityFinding.Kind.SPREAD, number, "", "", leaves.get()));
            if (told.isEmpty()) {
                watchOn(findings);
            }
        }
    }

    /// What is wrong in a step of which calls were judged, looked for in earlier steps.
    private List<ParityFinding> found(StepJudge judge) {
        List<ParityFinding> findings = new ArrayList<>();
        judged += judge.judged();
        // What follows from a wrong operator is right on its wrong inputs: each one named is wrong itself.
        for (ParityFinding one : judge.findings()) {
            if (told.add(one.operator())) {
                findings.add(device.done() <= 1 ? one : earliest(one));
            }
        }
        return findings;
    }

    /// Judges the steps after one that left the spread, until something is found; the comparison with the
    /// twins ends.
    private void watchOn(List<ParityFinding> findings) {
        int before = findings.size();
        int from = device.done() + 1;
        while (findings.size() == before && device.done() < Math.min(plan.steps(), from + WATCHED - 1)) {
            start.step(device.done() + 1, device::write);
            StepJudge judge = new StepJudge(backend, device, call -> true);
            device.step(judge);
            findings.addAll(found(judge));
        }
        if (findings.size() == before) {
            findings.add(new ParityFinding(
                    ParityFinding.Kind.SPREAD,
                    device.done(),
                    "",
                    "",
                    "no operator of the steps from " + from
                            + " on is outside of its bounds on its own inputs: look at what happens between calls, and"
                            + " at errors that each call may make and that add up"));
        }
        ended = true;
    }

    /// The first step in which this call was wrong, or shortly before another of its operator, by training again.
    private ParityFinding earliest(ParityFinding found) {
        try (DeviceTraining again = new DeviceTraining(backend, tape)) {
            start.first(again::write);
            while (again.done() < found.step() - 1) {
                boolean near = again.done() + NEAR >= found.step();
                start.step(again.done() + 1, again::write);
                StepJudge judge = new StepJudge(
                        backend,
                        again,
                        entry -> entry.part().equals(found.part())
                                || (near && entry.call().apply(1).operator().equals(found.operator())));
                again.step(judge);
                judged += judge.judged();
                if (!judge.findings().isEmpty()) {
                    return judge.findings().getFirst();
                }
            }
        } catch (StepFailure e) {
            return found.with("; trained again, it ended: " + e.getMessage());
        }
        return found;
    }

    /// Names the first call that made a number of finite ones that is none, by training again.
    private ParityFinding diverged(ParityStep step) {
        String value = !Double.isFinite(step.loss())
                ? "the loss is " + step.loss()
                : !Double.isFinite(step.norm())
                        ? "the gradients' norm is " + step.norm()
                        : "a parameter is not finite, first of " + step.parameter();
        ParityFinding unnamed = new ParityFinding(ParityFinding.Kind.DIVERGED, step.step(), "", "", value);
        try (DeviceTraining again = new DeviceTraining(backend, tape)) {
            start.first(again::write);
            while (again.done() < step.step()) {
                start.step(again.done() + 1, again::write);
                FiniteWatch watch = new FiniteWatch(again);
                again.step(watch);
                if (watch.found().isPresent()) {
                    ParityFinding found = watch.found().get();
                    return new ParityFinding(
                            found.kind(),
                            found.step(),
                            found.part(),
                            found.operator(),
                            value + " in step " + step.step() + "; " + found.what());
                }
            }
        } catch (StepFailure e) {
            return unnamed.with("; trained again, it ended: " + e.getMessage());
        }
        return unnamed.with(
                ", and everything was finite when the training was repeated: results differ from run to run");
    }

    @Override
    public void close() {
        device.close();
    }
}
