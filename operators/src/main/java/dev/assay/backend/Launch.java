package dev.assay.backend;

/// A kernel bound to buffers.
public interface Launch extends AutoCloseable {

    /// Runs once; complete on the device when it returns. This is what is timed.
    void run();

    /// Runs several times and says how long each run took, by the best clock that the backend has.
    ///
    /// The default measures around [#run]. A backend with device events, or one that models time, overrides it.
    default Timing run(int times) {
        long[] nanos = new long[times];
        for (int i = 0; i < times; i++) {
            long start = System.nanoTime();
            run();
            nanos[i] = System.nanoTime() - start;
        }
        return new Timing(nanos, Timing.Clock.WORKER);
    }

    /// Whether [#run] takes longer than what it runs, because there is a way to another process and back. Then only
    /// [#run(int)] says how long the kernel takes.
    default boolean timesItself() {
        return false;
    }

    @Override
    default void close() {}
}
