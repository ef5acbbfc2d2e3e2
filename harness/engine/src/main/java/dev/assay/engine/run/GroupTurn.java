package dev.assay.engine.run;

import dev.assay.results.JournalState.TimedRound;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The turn of a group in a round: its cases in all arms, each arm in a fresh worker.
///
/// The arms alternate case by case, so that between the two times of a pair there is nothing but the
/// change of the process: what other programs do to a machine lasts a second or so, and then meets both.
/// From one case to the next the order of two arms is turned round (ABBA), as a drift would favour whoever
/// is always first.
final class GroupTurn {
    private final List<Arm> arms;
    private final List<List<Task>> cases;
    private final List<Integer> order;
    private final int round;

    /// @param cases of each the tasks of all arms, in their order
    /// @param order of the arms
    GroupTurn(List<Arm> arms, List<List<Task>> cases, List<Integer> order, int round) {
        this.arms = arms;
        this.cases = cases;
        this.order = order;
        this.round = round;
    }

    /// Times of a case in one arm, and the place that the arm had among the arms.
    record Placed(TimedRound round, int place) {}

    /// By arm, times of the cases that still pass in it.
    record Taken(List<Map<Task, Placed>> byArm) {
        Taken {
            byArm = List.copyOf(byArm);
        }
    }

    /// Case by case. Throws [PluginException] if the workers of all arms cannot live at the same time, or one of them
    /// cannot at all.
    Taken alternating() throws IOException, InterruptedException {
        List<GroupRound> rounds =
                arms.stream().map(arm -> new GroupRound(arm, round)).toList();
        try {
            for (int number = 0; number < cases.size(); number++) {
                for (int arm : orderOf(number)) {
                    // What fails in one arm is timed in none.
                    if (passes(cases.get(number))) {
                        rounds.get(arm).time(cases.get(number).get(arm));
                    }
                }
            }
            return taken(rounds, true);
        } finally {
            rounds.forEach(GroupRound::close);
        }
    }

    /// All cases of one arm, then all of the next: one worker at a time.
    Taken oneByOne() throws IOException, InterruptedException {
        List<GroupRound> rounds =
                arms.stream().map(arm -> new GroupRound(arm, round)).toList();
        for (int arm : order) {
            try (GroupRound one = rounds.get(arm)) {
                one.time(cases.stream()
                        .filter(this::passes)
                        .map(tasks -> tasks.get(arm))
                        .toList());
            }
        }
        return taken(rounds, false);
    }

    private List<Integer> orderOf(int number) {
        return number % 2 == 0 ? order : order.reversed();
    }

    private boolean passes(List<Task> tasks) {
        for (int arm = 0; arm < arms.size(); arm++) {
            if (!arms.get(arm).passed(tasks.get(arm))) {
                return false;
            }
        }
        return true;
    }

    private Taken taken(List<GroupRound> rounds, boolean alternating) {
        List<Map<Task, Placed>> byArm = new ArrayList<>();
        for (int arm = 0; arm < arms.size(); arm++) {
            Map<Task, TimedRound> times = rounds.get(arm).taken();
            Map<Task, Placed> placed = new HashMap<>();
            for (int number = 0; number < cases.size(); number++) {
                Task task = cases.get(number).get(arm);
                TimedRound time = times.get(task);
                if (time != null) {
                    List<Integer> among = alternating ? orderOf(number) : order;
                    placed.put(task, new Placed(time, among.indexOf(arm)));
                }
            }
            byArm.add(placed);
        }
        return new Taken(byArm);
    }
}
