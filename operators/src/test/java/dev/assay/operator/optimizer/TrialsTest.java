package dev.assay.operator.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.tensor.Philox;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class TrialsTest {
    private static final int COUNT = 4096;
    private static final long[] DISTANCES = Trials.distances(new long[] {4, 1024});

    /// Whether an element is a hit.
    @FunctionalInterface
    private interface Decision {
        boolean hit(int element, double probability, double uniform);
    }

    private static OptionalInt unfair(long seed, boolean varying, Decision decision) {
        Philox random = new Philox(seed);
        Trials trials = new Trials(COUNT);
        for (int i = 0; i < COUNT; i++) {
            double probability = varying ? random.uniform(i, 1) : 0.9;
            trials.note(i, probability, decision.hit(i, probability, random.uniform(i, 0)));
        }
        return trials.unfair(DISTANCES);
    }

    @Test
    void unfairDecisionsAreFound() {
        Philox random = new Philox(5);
        assertTrue(unfair(1, false, (i, p, u) -> true).isPresent(), "always");
        assertTrue(unfair(1, false, (i, p, u) -> u < 1 - p).isPresent(), "the other rate");
        assertTrue(unfair(1, false, (i, p, u) -> u < 0.5).isPresent(), "half");
        assertTrue(unfair(1, false, (i, p, u) -> random.uniform(i % 256, 0) < p).isPresent(), "repeats");
        assertTrue(unfair(1, false, (i, p, u) -> i % 10 != 0).isPresent(), "every tenth");
        assertTrue(unfair(1, true, (i, p, u) -> u < 0.5).isPresent(), "a coin");
        assertTrue(unfair(1, true, (i, p, u) -> p > 0.5).isPresent(), "to nearest");
        assertTrue(unfair(1, true, (i, p, u) -> false).isPresent(), "down");
        assertTrue(unfair(1, true, (i, p, u) -> random.uniform(i / 32, 0) < p).isPresent(), "one number for a vector");
    }

    @Test
    void fairDecisionsAreNot() {
        for (int seed = 0; seed < 200; seed++) {
            assertEquals(OptionalInt.empty(), unfair(seed, false, (i, p, u) -> u < p));
            assertEquals(OptionalInt.empty(), unfair(seed, true, (i, p, u) -> u < p));
        }
    }

    /// The element that is named is one of those that there are too many of.
    @Test
    void anElementOfTheFrequentKindIsNamed() {
        assertEquals(OptionalInt.of(0), unfair(1, false, (i, p, u) -> true));
        assertEquals(OptionalInt.of(3), unfair(1, false, (i, p, u) -> i < 3));
        assertEquals(OptionalInt.empty(), new Trials(COUNT).unfair(DISTANCES), "nothing was decided");
    }
}
