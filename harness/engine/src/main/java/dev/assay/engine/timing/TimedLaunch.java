package dev.assay.engine.timing;

/// The launch being timed, handed to the benchmark inside one process.
///
/// @param run executes it once
/// @param restore puts back inputs that it writes in place
record TimedLaunch(Runnable run, Runnable restore) {
    static final TimedLaunch NONE = new TimedLaunch(
            () -> {
                throw new IllegalStateException("no launch to time");
            },
            () -> {});

    private static volatile TimedLaunch current = NONE;

    static TimedLaunch current() {
        return current;
    }

    static void set(TimedLaunch launch) {
        current = launch;
    }
}
