package dev.assay.engine.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/// In which order a round is timed: drawn anew for every round, and the same again for the same seed, so that a run
/// that is resumed goes on as it would have gone on.
final class RoundOrder {
    private RoundOrder() {}

    /// One group's turn.
    ///
    /// @param group number of the group in the plan
    /// @param arms numbers of the arms, in the order in which they are timed
    record Turn(int group, List<Integer> arms) {
        Turn {
            arms = List.copyOf(arms);
        }
    }

    /// The turns of a round: every group once, the arms of a group right after each other.
    static List<Turn> of(long seed, int round, int groups, int arms) {
        // Rounds draw from streams of their own, so that what one of them draws moves no other.
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed + round).nextLong());
        List<Turn> turns = new ArrayList<>();
        for (int group : shuffled(groups, random)) {
            turns.add(new Turn(group, shuffled(arms, random)));
        }
        return turns;
    }

    /// The numbers below n, by Durstenfeld's shuffle (1964).
    private static List<Integer> shuffled(int n, SplittableRandom random) {
        List<Integer> numbers = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            numbers.add(i);
        }
        for (int i = n - 1; i > 0; i--) {
            Collections.swap(numbers, i, random.nextInt(i + 1));
        }
        return numbers;
    }
}
