package dev.assay.numerics;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Runs independent pieces of work on the calling thread and on the common pool.
///
/// The caller takes whatever no other thread has begun, so that it waits only for work that is being done. A parallel
/// stream may wait for work that lies in a queue instead; if the caller then holds a lock that the pool's threads are
/// waiting for, it waits for ever.
///
/// How many threads the pool has, `-Djava.util.concurrent.ForkJoinPool.common.parallelism` says when the JVM starts.
public final class Parallel {
    /// A pool of 0 threads says that it has 1, and never runs anything.
    private static final int HELPERS =
            Integer.getInteger("java.util.concurrent.ForkJoinPool.common.parallelism", 1) == 0
                    ? 0
                    : ForkJoinPool.getCommonPoolParallelism();

    /// Pieces that a thread's share of the tasks is taken in: many, as they may differ in size.
    private static final int PIECES = 32;

    private Parallel() {}

    /// Runs `task` once with each number from 0 to `tasks - 1`, in any order. When a task throws, those that have not
    /// begun are left out, and what was thrown first is thrown as soon as none is running any more.
    public static void forEach(int tasks, IntConsumer task) {
        int helpers = Math.min(tasks - 1, HELPERS);
        if (helpers <= 0) {
            for (int i = 0; i < tasks; i++) {
                task.accept(i);
            }
            return;
        }
        Loop loop = new Loop(tasks, Math.max(1, tasks / ((helpers + 1) * PIECES)), task);
        List<ForkJoinTask<?>> queued = new ArrayList<>(helpers);
        for (int i = 0; i < helpers; i++) {
            queued.add(ForkJoinTask.adapt(loop).fork());
        }
        loop.run();
        queued.reversed().forEach(ForkJoinTask::tryUnfork);
        loop.end();
    }

    private static final class Loop implements Runnable {
        private final int tasks;
        private final int atATime;
        private final AtomicInteger next = new AtomicInteger();
        private final AtomicInteger ended = new AtomicInteger();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private final CompletableFuture<Void> end = new CompletableFuture<>();

        /// None once all are done: a queue may keep the loop for longer.
        private volatile @Nullable IntConsumer task;

        private Loop(int tasks, int atATime, IntConsumer task) {
            this.tasks = tasks;
            this.atATime = atATime;
            this.task = task;
        }

        @Override
        public void run() {
            IntConsumer each = task;
            if (each == null) {
                return;
            }
            for (int from = next.getAndAdd(atATime); from < tasks; from = next.getAndAdd(atATime)) {
                int to = Math.min(tasks, from + atATime);
                try {
                    for (int i = from; i < to && failure.get() == null; i++) {
                        each.accept(i);
                    }
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                }
                if (ended.addAndGet(to - from) == tasks) {
                    end.complete(null);
                }
            }
        }

        private void end() {
            end.join();
            task = null;
            switch (failure.get()) {
                case null -> {}
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw new IllegalStateException(e);
            }
        }
    }
}
