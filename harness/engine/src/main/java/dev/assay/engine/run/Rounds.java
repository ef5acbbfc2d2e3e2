package dev.assay.engine.run;

import dev.assay.backend.Call;
import dev.assay.engine.plan.CaseSpec;
import dev.assay.engine.plan.RunSettings;
import dev.assay.engine.plan.RunSettings.Mode;
import dev.assay.engine.run.GroupTurn.Placed;
import dev.assay.engine.run.GroupTurn.Taken;
import dev.assay.engine.run.Task.CaseKey;
import dev.assay.engine.run.Task.Group;
import dev.assay.engine.timing.CacheSize;
import dev.assay.engine.timing.HostLoad;
import dev.assay.engine.timing.Sample;
import dev.assay.engine.timing.TimingSummary;
import dev.assay.engine.timing.TimingSummary.Yardstick;
import dev.assay.operator.Operators;
import dev.assay.results.Event;
import dev.assay.results.JournalState.TimedRound;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.PlannedCase;
import dev.assay.results.RowKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/// Times what passed, of one run or of two in alternation.
///
/// In each round every group (one operator, one dtype) has its turn once, in an order drawn for that round; two arms
/// have it together, in alternation. Each time it is a fresh worker. What a turn gave is in the journal before the next
/// one begins, so that a run that is killed loses one turn.
final class Rounds {
    /// One in so many rounds may be thrown away and taken again, because the machine took time away.
    private static final int ROUNDS_PER_INVALID = 5;

    private final List<Arm> arms;
    private final RunSettings settings;
    private final Supplier<Optional<HostLoad>> load;
    private final List<Block> blocks;
    private final Map<String, Integer> invalid = new HashMap<>();
    private boolean alternating;

    /// @param arms with the same number of rounds and the same seed of their order
    /// @param load of the machine, at the moment
    Rounds(List<Arm> arms, Supplier<Optional<HostLoad>> load) {
        this.arms = arms;
        this.settings = arms.getFirst().settings();
        this.load = load;
        this.blocks = blocks(arms);
        this.alternating = arms.size() > 1;
        for (Event event : arms.getFirst().before()) {
            if (event.type().equals(Event.ROUND_INVALID) && event.facts() != null) {
                invalid.merge(event.facts().getOrDefault("group", ""), 1, Integer::sum);
            }
        }
    }

    /// A group with its cases: of each case the tasks of all arms, in their order.
    private record Block(Group group, List<List<Task>> cases) {}

    /// All groups that the plan has cases of, whatever becomes of them: the order is drawn over them, and must not
    /// depend on how far a run has come.
    private static List<Block> blocks(List<Arm> arms) {
        Map<Group, Map<CaseKey, List<Task>>> groups = new LinkedHashMap<>();
        for (Arm arm : arms) {
            for (int i = 0; i < arm.plan().backends().size(); i++) {
                BackendRef backend = arm.plan().backends().get(i);
                for (PlannedCase planned : arm.plan().cases()) {
                    Task task = new Task(planned, backend);
                    groups.computeIfAbsent(task.group(i), group -> new LinkedHashMap<>())
                            .computeIfAbsent(task.caseKey(), key -> new ArrayList<>())
                            .add(task);
                }
            }
        }
        List<Block> blocks = new ArrayList<>();
        groups.forEach((group, cases) -> blocks.add(new Block(
                group,
                cases.values().stream()
                        .filter(tasks -> tasks.size() == arms.size())
                        .toList())));
        return blocks;
    }

    /// All that the journals do not hold yet.
    void run() throws IOException, InterruptedException {
        if (settings.mode() == Mode.VERIFY_ONLY) {
            return;
        }
        int steps = 0;
        for (Block block : blocks) {
            for (int round = 0; round < settings.rounds(); round++) {
                List<List<Task>> cases = living(block);
                steps += isDone(cases, round) ? 0 : cases.size() * arms.size();
            }
        }
        arms.getFirst().listener().phase("time", steps, 0);
        for (int round = 0; round < settings.rounds(); round++) {
            int turn = 0;
            for (RoundOrder.Turn next :
                    RoundOrder.of(settings.timing().orderSeed(), round, blocks.size(), arms.size())) {
                Block block = blocks.get(next.group());
                List<List<Task>> cases = living(block);
                if (!isDone(cases, round)) {
                    time(block, cases, next.arms(), round, turn);
                }
                turn++;
            }
        }
        for (Block block : blocks) {
            for (List<Task> tasks : living(block)) {
                summarise(tasks);
            }
        }
    }

    /// Cases that pass in all arms.
    private List<List<Task>> living(Block block) {
        return block.cases().stream()
                .filter(tasks -> {
                    for (int arm = 0; arm < arms.size(); arm++) {
                        if (!arms.get(arm).passed(tasks.get(arm))) {
                            return false;
                        }
                    }
                    return true;
                })
                .toList();
    }

    private boolean isDone(List<List<Task>> cases, int round) {
        for (List<Task> tasks : cases) {
            for (int arm = 0; arm < arms.size(); arm++) {
                RowKey key = tasks.get(arm).key();
                boolean timed = arms.get(arm).state().isTimed(key)
                        || arms.get(arm).state().rounds(key).containsKey(round);
                if (!timed) {
                    return false;
                }
            }
        }
        return true;
    }

    private void time(Block block, List<List<Task>> cases, List<Integer> order, int round, int turn)
            throws IOException, InterruptedException {
        String group = block.group().toString();
        while (true) {
            Optional<HostLoad> before = load.get();
            Taken taken = take(new GroupTurn(arms, cases, order, round));
            double stolen = load.get()
                    .flatMap(after -> before.map(after::stolenPctSince))
                    .orElse(0.0);
            boolean throttled = stolen > HostLoad.MOST_STOLEN_PCT;
            int retaken = invalid.getOrDefault(group, 0);
            if (throttled && retaken < settings.rounds() / ROUNDS_PER_INVALID) {
                invalid.put(group, retaken + 1);
                for (Arm arm : arms) {
                    arm.note(
                            Event.ROUND_INVALID,
                            Map.of(
                                    "group",
                                    group,
                                    "round",
                                    Integer.toString(round),
                                    TimedFacts.STOLEN,
                                    TimedFacts.percent(stolen)));
                }
            } else {
                keep(
                        cases,
                        order,
                        taken,
                        placed -> TimedFacts.placed(placed.round(), turn, placed.place(), stolen, throttled));
                return;
            }
        }
    }

    private Taken take(GroupTurn turn) throws IOException, InterruptedException {
        if (alternating) {
            try {
                return turn.alternating();
            } catch (PluginException e) {
                // Some devices serve one process at a time. Whatever it was, the next attempt shows it.
                alternating = false;
                for (Arm arm : arms) {
                    arm.note(Event.ARMS_APART, Map.of("why", e.oneLine()));
                }
            }
        }
        return turn.oneByOne();
    }

    /// Keeps the times of what passes in all arms even now.
    private void keep(List<List<Task>> cases, List<Integer> order, Taken taken, Function<Placed, TimedRound> facts)
            throws IOException {
        for (List<Task> tasks : cases) {
            List<Placed> times = new ArrayList<>();
            for (int arm : order) {
                Placed placed = taken.byArm().get(arm).get(tasks.get(arm));
                if (placed != null) {
                    times.add(placed);
                }
            }
            for (int i = 0; i < order.size() && times.size() == order.size(); i++) {
                arms.get(order.get(i)).keep(facts.apply(times.get(i)));
            }
            tasks.forEach(task -> arms.getFirst().listener().step(task.label(), 0));
        }
    }

    private void summarise(List<Task> tasks) throws IOException {
        for (int number = 0; number < arms.size(); number++) {
            Arm arm = arms.get(number);
            Task task = tasks.get(number);
            if (!arm.state().isTimed(task.key())) {
                arm.finish(TimingSummary.rows(
                        task.planned(),
                        task.backend(),
                        yardstick(task),
                        rounds(arm.state().rounds(task.key()).values())));
            }
        }
    }

    private Yardstick yardstick(Task task) {
        Call call = CaseSpec.parse(task.planned().spec()).call(task.planned().caseId());
        return new Yardstick(
                Operators.named(call.operator(), "plan").cost(call),
                (double) call.tensorBytes(),
                call.inputs().getFirst().spec().orElseThrow().dtype(),
                settings.timing().peaks(task.backend()),
                (double) CacheSize.lastLevel());
    }

    private static TimingSummary.Rounds rounds(Collection<TimedRound> rounds) {
        List<Sample> samples = new ArrayList<>();
        List<Long> prepareNanos = new ArrayList<>();
        int throttled = 0;
        TimingSummary.Peaks peaks = new TimingSummary.Peaks("", 0, 0);
        for (TimedRound round : rounds) {
            samples.addAll(TimingSummary.samples(round.samples()));
            prepareNanos.add(TimedFacts.prepareNanos(round));
            throttled += TimedFacts.throttled(round) ? 1 : 0;
            peaks = TimedFacts.peaks(round);
        }
        return new TimingSummary.Rounds(peaks, prepareNanos, throttled, samples);
    }
}
