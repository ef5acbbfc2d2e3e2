package dev.assay.baselines.cpu;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/// The threads of an open backend: the caller's and as many more as it takes.
///
/// Not the common pool, whose size nobody can change once it runs, while a backend has an option for it.
final class Workers implements AutoCloseable {
    private final int count;
    private final ExecutorService pool;

    Workers(int count) {
        this.count = count;
        this.pool = Executors.newFixedThreadPool(
                Math.max(1, count - 1),
                Thread.ofPlatform().daemon().name("assay-cpu-", 1).factory());
    }

    int count() {
        return count;
    }

    /// One piece of the work of [#forEach].
    @FunctionalInterface
    interface Task {
        /// Does the piece.
        ///
        /// @param worker number of the thread, from 0 and below [#count]; two tasks at a time never share it
        /// @param index number of the task
        void run(int worker, long index);
    }

    /// Runs `tasks` independent tasks and returns when all are done. Which worker runs which task is left to
    /// chance.
    void forEach(long tasks, Task task) {
        AtomicLong next = new AtomicLong();
        List<CompletableFuture<Void>> others = new ArrayList<>();
        for (int worker = 1; worker < Math.min(count, tasks); worker++) {
            int number = worker;
            others.add(CompletableFuture.runAsync(() -> drain(number, next, tasks, task), pool));
        }
        try {
            drain(0, next, tasks, task);
        } finally {
            // Even after a failure nobody may still be at work on memory that the caller is about to free.
            others.forEach(other -> other.exceptionally(failure -> null).join());
        }
        for (CompletableFuture<Void> other : others) {
            rethrow(other);
        }
    }

    private static void drain(int worker, AtomicLong next, long tasks, Task task) {
        for (long index = next.getAndIncrement(); index < tasks; index = next.getAndIncrement()) {
            task.run(worker, index);
        }
    }

    private static void rethrow(CompletableFuture<Void> done) {
        try {
            done.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw e;
            }
        }
    }

    @Override
    public void close() {
        pool.shutdown();
    }
}
