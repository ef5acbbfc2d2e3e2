package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 1000})
    void everyTaskRunsOnce(int tasks) {
        AtomicIntegerArray runs = new AtomicIntegerArray(tasks + 1);
        Parallel.forEach(tasks, runs::incrementAndGet);
        for (int i = 0; i < tasks; i++) {
            assertEquals(1, runs.get(i), "task " + i);
        }
        assertEquals(0, runs.get(tasks));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 1000})
    void aFailureOfATaskReachesTheCaller(int tasks) {
        IllegalStateException e =
                assertThrows(IllegalStateException.class, () -> Parallel.forEach(tasks, ParallelTest::failFirst));
        assertEquals("the first one", root(e).getMessage());
    }

    private static void failFirst(int task) {
        if (task == 0) {
            throw new IllegalStateException("the first one");
        }
    }

    /// A worker's exception may come wrapped in one of the same type.
    private static Throwable root(Throwable e) {
        Throwable cause = e.getCause();
        return cause == null ? e : root(cause);
    }

    @Test
    void tasksMayRunTasks() {
        AtomicIntegerArray runs = new AtomicIntegerArray(20);
        Parallel.forEach(20, i -> Parallel.forEach(20, j -> runs.incrementAndGet(i)));
        for (int i = 0; i < 20; i++) {
            assertEquals(20, runs.get(i));
        }
    }
}
