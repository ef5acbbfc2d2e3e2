package dev.assay.engine.timing;

/// How long a case is timed.
///
/// @param warmups iterations before the measured ones
/// @param iterations measured ones
/// @param iterationMs length of each
public record Effort(int warmups, int iterations, int iterationMs) {
    public static final Effort QUICK = new Effort(2, 5, 40);
    public static final Effort RELEASE = new Effort(5, 15, 200);

    /// Less for kernels that take longer than an iteration, which would otherwise run a dozen times.
    Effort fitting(long runNanos) {
        boolean slow = runNanos > iterationMs * 1_000_000L;
        return slow ? new Effort(1, Math.min(iterations, 3), iterationMs) : this;
    }

    /// For a case that had not settled.
    Effort withTwiceTheWarmup() {
        return new Effort(2 * warmups, iterations, iterationMs);
    }

    /// Runs with other data in the caches: each is a sample, and not the mean of an iteration.
    int coldRuns() {
        return 2 * iterations;
    }
}
