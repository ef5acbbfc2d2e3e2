package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
        assertEquals("the first one", e.getMessage());
    }

    private static void failFirst(int task) {
        if (task == 0) {
            throw new IllegalStateException("the first one");
        }
    }

    /// The caller has nothing left to do when another thread's task is still running, and then fails.
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void theCallerWaitsForTasksOfOthers() {
        Thread caller = Thread.currentThread();
        CountDownLatch begun = new CountDownLatch(1);
        IllegalStateException e = assertThrows(
                IllegalStateException.class,
                () -> Parallel.forEach(2, i -> {
                    if (Thread.currentThread().equals(caller)) {
                        await(begun);
                    } else {
                        begun.countDown();
                        LockSupport.parkNanos(50_000_000);
                        throw new IllegalStateException("late");
                    }
                }));
        assertEquals("late", e.getMessage());
    }

    /// The pool's threads wait here for what the caller holds while other work lies above the caller's in its queue.
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void theCallerNeedsNobodyElse() throws InterruptedException {
        int threads = ForkJoinPool.getCommonPoolParallelism();
        CountDownLatch waiting = new CountDownLatch(threads);
        CountDownLatch done = new CountDownLatch(1);
        for (int i = 0; i < threads; i++) {
            ForkJoinPool.commonPool().execute(() -> {
                waiting.countDown();
                await(done);
            });
        }
        try {
            waiting.await();
            AtomicInteger runs = new AtomicInteger();
            Parallel.forEach(100, i -> {
                ForkJoinPool.commonPool().execute(() -> {});
                runs.incrementAndGet();
            });
            assertEquals(100, runs.get());
        } finally {
            done.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
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
