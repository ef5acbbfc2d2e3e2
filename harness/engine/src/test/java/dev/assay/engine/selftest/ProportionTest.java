package dev.assay.engine.selftest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ProportionTest {
    /// Clopper and Pearson's interval has a closed form where nothing or everything was hit.
    @Test
    void endsOfTheIntervalAreExact() {
        assertEquals(0, new Proportion(0, 10).low());
        assertEquals(1 - Math.pow(0.025, 0.1), new Proportion(0, 10).high(), 1e-12);
        assertEquals(Math.pow(0.025, 0.1), new Proportion(10, 10).low(), 1e-12);
        assertEquals(1, new Proportion(10, 10).high());
        // Tabulated: 5 of 10.
        assertEquals(0.1870860, new Proportion(5, 10).low(), 1e-7);
        assertEquals(0.8129140, new Proportion(5, 10).high(), 1e-7);
    }

    @Test
    void withoutAHitTheRuleOfThreeHolds() {
        assertEquals(1 - Math.pow(0.05, 1e-5), new Proportion(0, 100_000).atMost(), 1e-15);
        assertEquals(3e-5, new Proportion(0, 100_000).atMost(), 1e-7);
        assertEquals(1, new Proportion(0, 0).atMost());
    }

    @Test
    void moreHitsThanTriesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Proportion(2, 1));
        assertThrows(IllegalArgumentException.class, () -> new Proportion(-1, 1));
    }

    @Test
    void aGoalFailsByItsRateOrOnlyWhenTheSampleRefutesIt() {
        Proportion seen = new Proportion(17, 20);
        assertFalse(new Goal("g", seen, 0.95, true, true).isMet());
        assertTrue(new Goal("g", seen, 0.95, true, false).isMet());
        assertFalse(new Goal("g", new Proportion(10, 20), 0.95, true, false).isMet());
        assertTrue(new Goal("g", new Proportion(0, 20), 0, false, true).isMet());
        assertFalse(new Goal("g", new Proportion(1, 20), 0, false, true).isMet());
        assertFalse(new Goal("g", new Proportion(9, 20), 0.05, false, false).isMet());
    }

    @Test
    void nothingAtAllReachesNoGoal() {
        assertFalse(new Goal("g", new Proportion(0, 0), 0.95, true, true).isMet());
        assertFalse(new Goal("g", new Proportion(0, 0), 0.95, true, false).isMet());
        assertTrue(new Goal("g", new Proportion(0, 0), 0, false, true).isMet());
    }
}
