package dev.assay.engine.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class HostLoadTest {
    private static HostLoad load(long user, long idle, long stolen) {
        return HostLoad.of("cpu  " + user + " 0 0 " + idle + " 0 0 0 " + stolen + " 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n")
                .orElseThrow();
    }

    @Test
    void stolenTimeIsAShareOfAllTime() {
        HostLoad before = load(1000, 1000, 100);
        assertEquals(3, load(1050, 1047, 103).stolenPctSince(before), 1e-12);
        assertTrue(load(1050, 1047, 103).stolenPctSince(before) > HostLoad.MOST_STOLEN_PCT);
        assertEquals(2, load(1051, 1047, 102).stolenPctSince(before), 1e-12);
    }

    @Test
    void aSingleTickSaysNothing() {
        HostLoad before = load(10, 10, 0);
        assertEquals(0, load(15, 14, 1).stolenPctSince(before));
        assertEquals(20, load(14, 14, 2).stolenPctSince(before));
        assertEquals(0, before.stolenPctSince(before), "no time passed");
    }

    /// What a guest's own guests ran is in `user` and must not count twice.
    @Test
    void timeOfGuestsIsNotCountedTwice() {
        assertEquals(
                new HostLoad(36, 8), HostLoad.of("cpu  1 2 3 4 5 6 7 8 9 10\n").orElseThrow());
    }

    @Test
    void whatTellsNothingIsEmpty() {
        assertEquals(Optional.empty(), HostLoad.of(""));
        assertEquals(Optional.empty(), HostLoad.of("cpu  1 2 3\n"), "before Linux 2.6.11");
        assertEquals(Optional.empty(), HostLoad.of("cpu  1 2 3 4 5 6 7 x 9 10\n"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void linuxTells() {
        assertTrue(HostLoad.now().orElseThrow().all() > 0);
    }
}
