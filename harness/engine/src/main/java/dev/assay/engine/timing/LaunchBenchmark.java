package dev.assay.engine.timing;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// The one benchmark: runs the launch that [CaseTimer] has put in place.
///
/// JMH runs it without a fork of its own, because the worker is the fork: a fresh process for one backend, one operator
/// and one dtype, so that operators do not spoil each other's JIT profile, and a crash ends one group's worker.
///
/// States belong to the one thread: JMH keeps those of `Scope.Benchmark` in static fields, and after a benchmark that
/// threw, the next one in the same process would find its launch there.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LaunchBenchmark {

    /// A kernel that does not write its inputs.
    @State(Scope.Thread)
    public static class Plain {
        /// Only so that JMH's output names the case.
        @Param("-")
        public String caseId = "";

        TimedLaunch launch = TimedLaunch.NONE;

        @Setup(Level.Trial)
        public void take() {
            launch = TimedLaunch.current();
        }
    }

    /// A kernel that writes its inputs in place: they are restored before every run, outside the measured time.
    @State(Scope.Thread)
    public static class InPlace {
        @Param("-")
        public String caseId = "";

        TimedLaunch launch = TimedLaunch.NONE;

        @Setup(Level.Trial)
        public void take() {
            launch = TimedLaunch.current();
        }

        @Setup(Level.Invocation)
        public void restore() {
            launch.restore().run();
        }
    }

    @Benchmark
    public void run(Plain state) {
        state.launch.run().run();
    }

    @Benchmark
    public void runInPlace(InPlace state) {
        state.launch.run().run();
    }
}
