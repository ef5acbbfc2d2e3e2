package dev.assay.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.engine.run.RoundOrder.Turn;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoundOrderTest {
    @Test
    void everyGroupAndEveryArmHasOneTurn() {
        for (int round = 0; round < 20; round++) {
            List<Turn> turns = RoundOrder.of(7, round, 9, 2);
            assertEquals(
                    IntStream.range(0, 9).boxed().toList(),
                    turns.stream().map(Turn::group).sorted().toList());
            turns.forEach(turn ->
                    assertEquals(List.of(0, 1), turn.arms().stream().sorted().toList()));
        }
        assertEquals(List.of(), RoundOrder.of(7, 0, 0, 2));
    }

    @Test
    void theSameSeedGivesTheSameOrderAgain() {
        assertEquals(RoundOrder.of(7, 3, 9, 2), RoundOrder.of(7, 3, 9, 2));
        // Pinned: a run that was begun by another build of the same version goes on in the same order.
        assertEquals(
                List.of(new Turn(2, List.of(0)), new Turn(0, List.of(0)), new Turn(1, List.of(0))),
                RoundOrder.of(1, 0, 3, 1));
    }

    @Test
    void roundsAndSeedsDiffer() {
        Set<List<Turn>> seen = new HashSet<>();
        for (int round = 0; round < 10; round++) {
            seen.add(RoundOrder.of(1, round, 9, 2));
            seen.add(RoundOrder.of(1000, round, 9, 2));
        }
        assertEquals(20, seen.size());
    }

    /// Among 2000 fair draws each place is expected 1000 times, with a standard deviation of 22.
    @Test
    void noArmAndNoGroupIsFavoured() {
        int baseFirst = 0;
        int zeroFirst = 0;
        for (int round = 0; round < 2000; round++) {
            List<Turn> turns = RoundOrder.of(5, round, 2, 2);
            baseFirst += turns.getFirst().arms().getFirst() == 0 ? 1 : 0;
            zeroFirst += turns.getFirst().group() == 0 ? 1 : 0;
        }
        assertTrue(Math.abs(baseFirst - 1000) < 90, baseFirst + " of 2000");
        assertTrue(Math.abs(zeroFirst - 1000) < 90, zeroFirst + " of 2000");
    }
}
