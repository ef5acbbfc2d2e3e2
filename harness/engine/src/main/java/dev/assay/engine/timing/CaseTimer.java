package dev.assay.engine.timing;

import dev.assay.backend.Timing;
import dev.assay.engine.judge.DeviceCall;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// Times one case in the process it is called in.
///
/// JMH measures the kernel from outside. A backend that has a better clock is asked for it as well; one that models a
/// device which does not exist is not measured at all, for its own speed says nothing about that device.
public final class CaseTimer {
    private static final int DEVICE_RUNS = 20;
    private static final int FEWEST_RUNS = 3;
    private static final int MOST_RUNS = 2000;
    private static final int WARM_RUNS = 1000;
    private static final long WARM_NANOS = 150_000_000;

    private CaseTimer() {}

    /// Samples of one round. The outputs are left in device memory as the last run wrote them.
    public static List<Sample> time(String caseId, DeviceCall device, Effort effort, int round) {
        device.restoreInPlace();
        Timing probe = device.launch().run(1);
        if (probe.clock() == Timing.Clock.MODELLED) {
            return samples(probe, round);
        }
        if (device.launch().timesItself()) {
            return settled(effort, how -> samples(ownRuns(device, how), round));
        }
        Effort fitting = effort.fitting(warmRunNanos(device));
        List<Sample> samples = new ArrayList<>(settled(fitting, how -> jmh(caseId, device, how, round)));
        if (probe.clock() == Timing.Clock.DEVICE) {
            samples.addAll(samples(runs(device, DEVICE_RUNS), round));
        }
        return samples;
    }

    /// Times with other data in the caches, flushed before every run and outside of its time; none of a modelled
    /// device, which has no caches. For a kernel that has been timed warm, and so is compiled.
    public static List<Sample> cold(DeviceCall device, CacheFlush flush, Effort effort, int round) {
        List<Sample> samples = new ArrayList<>();
        for (int run = 0; run < effort.coldRuns(); run++) {
            device.restoreInPlace();
            flush.run();
            Timing timing = device.launch().run(1);
            if (timing.clock() == Timing.Clock.MODELLED) {
                return List.of();
            }
            samples.add(new Sample(Sample.RUN_COLD, word(timing.clock()), round, run, 1, timing.nanos()[0]));
        }
        return samples;
    }

    /// Once more, with twice the warm-up, if the times had not settled.
    static List<Sample> settled(Effort effort, Function<Effort, List<Sample>> timing) {
        List<Sample> first = timing.apply(effort);
        boolean trend =
                SteadyState.hasTrend(first.stream().mapToDouble(Sample::nanos).toArray());
        return trend ? timing.apply(effort.withTwiceTheWarmup()) : first;
    }

    /// How long a run takes once the first ones, which compile and fill caches, are over. The first one alone would
    /// make a short kernel look long, and be timed with too little warm-up.
    private static long warmRunNanos(DeviceCall device) {
        long fastest = Long.MAX_VALUE;
        long begin = System.nanoTime();
        for (int run = 0; run < WARM_RUNS && (run < 2 || System.nanoTime() - begin < WARM_NANOS); run++) {
            device.restoreInPlace();
            long start = System.nanoTime();
            device.launch().run();
            fastest = Math.min(fastest, System.nanoTime() - start);
        }
        return fastest;
    }

    /// Runs that a worker repeats and times itself: as long as JMH would warm up and measure.
    private static Timing ownRuns(DeviceCall device, Effort effort) {
        long fastest = warm(device, effort.warmups() * (long) effort.iterationMs() * 1_000_000);
        long wanted = effort.iterations() * (long) effort.iterationMs() * 1_000_000 / Math.max(1, fastest);
        int runs = (int) Math.max(FEWEST_RUNS, Math.min(MOST_RUNS, wanted));
        return runs(device, runs);
    }

    /// @return nanoseconds of the fastest run
    private static long warm(DeviceCall device, long nanos) {
        long fastest = Long.MAX_VALUE;
        long begin = System.nanoTime();
        for (int times = 1; times == 1 || System.nanoTime() - begin < nanos; times = Math.min(2 * times, MOST_RUNS)) {
            for (long each : runs(device, times).nanos()) {
                fastest = Math.min(fastest, each);
            }
        }
        return fastest;
    }

    private static Timing runs(DeviceCall device, int times) {
        if (!device.writesInPlace()) {
            return device.launch().run(times);
        }
        long[] nanos = new long[times];
        Timing.Clock clock = Timing.Clock.WORKER;
        for (int i = 0; i < times; i++) {
            device.restoreInPlace();
            Timing timing = device.launch().run(1);
            nanos[i] = timing.nanos()[0];
            clock = timing.clock();
        }
        return new Timing(nanos, clock);
    }

    private static List<Sample> samples(Timing timing, int round) {
        String clock = word(timing.clock());
        List<Sample> samples = new ArrayList<>();
        long[] nanos = timing.nanos();
        for (int i = 0; i < nanos.length; i++) {
            samples.add(new Sample(clock, round, i, 1, nanos[i]));
        }
        return samples;
    }

    private static String word(Timing.Clock clock) {
        return clock.name().toLowerCase(Locale.ROOT);
    }

    private static List<Sample> jmh(String caseId, DeviceCall device, Effort effort, int round) {
        TimedLaunch.set(new TimedLaunch(() -> device.launch().run(), device::restoreInPlace));
        String method = LaunchBenchmark.class.getName() + (device.writesInPlace() ? ".runInPlace" : ".run");
        try {
            Collection<RunResult> results = new Runner(new OptionsBuilder()
                            .include("^" + Pattern.quote(method) + "$")
                            .param("caseId", caseId)
                            .forks(0)
                            .warmupIterations(effort.warmups())
                            .warmupTime(TimeValue.milliseconds(effort.iterationMs()))
                            .measurementIterations(effort.iterations())
                            .measurementTime(TimeValue.milliseconds(effort.iterationMs()))
                            .shouldFailOnError(true)
                            .verbosity(VerboseMode.SILENT)
                            .build())
                    .run();
            return samples(results, round);
        } catch (RunnerException e) {
            throw new IllegalStateException("the benchmark of " + caseId + " failed", e);
        } finally {
            TimedLaunch.set(TimedLaunch.NONE);
        }
    }

    private static List<Sample> samples(Collection<RunResult> results, int round) {
        List<Sample> samples = new ArrayList<>();
        for (RunResult result : results) {
            for (BenchmarkResult fork : result.getBenchmarkResults()) {
                for (IterationResult iteration : fork.getIterationResults()) {
                    samples.add(new Sample(
                            "jmh",
                            round,
                            samples.size(),
                            iteration.getMetadata().getMeasuredOps(),
                            iteration.getPrimaryResult().getScore()));
                }
            }
        }
        if (samples.isEmpty()) {
            throw new IllegalStateException("the benchmark ran and gave no sample");
        }
        return samples;
    }
}
