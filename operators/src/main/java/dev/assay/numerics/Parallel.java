package dev.assay.numerics;

import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/// Runs independent pieces of work on the common pool.
///
/// How many threads that is, `-Djava.util.concurrent.ForkJoinPool.common.parallelism` says when the JVM starts.
public final class Parallel {
    private Parallel() {}

    public static void forEach(int tasks, IntConsumer task) {
        if (tasks == 1) {
            task.accept(0);
        } else {
            IntStream.range(0, tasks).parallel().forEach(task);
        }
    }
}
