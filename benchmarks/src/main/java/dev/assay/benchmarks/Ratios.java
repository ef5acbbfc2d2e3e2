package dev.assay.benchmarks;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/// Runs the benchmarks and prints each claim with the ratio that was measured, in one run and on the same threads.
public final class Ratios {
    private static final int FORKS = 3;
    private static final int SECONDS = 3;

    private Ratios() {}

    /// A claim about two benchmarks: the speed of the first, in terms of the second, is at least this.
    private record Claim(String what, String ours, String rival, double speed) {}

    private static final List<Claim> CLAIMS = List.of(
            new Claim(
                    "fp64 reference product 2048^3 against ND4J's dgemm",
                    "ReferenceProduct.ours",
                    "ReferenceProduct.nd4j",
                    0.8),
            new Claim(
                    "cpu backend f32 product 1024^3 against ND4J's sgemm",
                    "BackendProduct.cpuF32",
                    "BackendProduct.nd4jF32",
                    1 / 1.3),
            new Claim(
                    "simulated bf16 product 1024^3 against cpu f32",
                    "BackendProduct.simulatedBf16",
                    "BackendProduct.cpuF32",
                    0.4),
            new Claim(
                    "judging 16M f16 elements against one pass over them",
                    "JudgingBenchmark.judging",
                    "JudgingBenchmark.onePass",
                    1 / 3.0),
            new Claim(
                    "judging a bf16 product 2048^3 against its fp64 reference alone",
                    "ProductJudgingBenchmark.judging",
                    "ProductJudgingBenchmark.reference",
                    1 / 1.5));

    /// Prints the claims; ends with exit code 1 if one does not hold.
    public static void main(String[] args) throws RunnerException {
        Options options = new OptionsBuilder()
                .include("ReferenceProduct|BackendProduct|JudgingBenchmark")
                .forks(FORKS)
                .warmupIterations(2)
                .warmupTime(TimeValue.seconds(SECONDS))
                .measurementIterations(2)
                .measurementTime(TimeValue.seconds(SECONDS))
                .jvmArgsAppend(
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-XX:+UseParallelGC",
                        "-Xmx4g")
                .shouldFailOnError(true)
                .build();
        Collection<RunResult> results = new Runner(options).run();
        Map<String, Double> medians = new TreeMap<>();
        for (RunResult result : results) {
            String[] name = result.getParams().getBenchmark().split("\\.", -1);
            medians.put(
                    name[name.length - 2] + "." + name[name.length - 1],
                    result.getPrimaryResult().getStatistics().getPercentile(50));
        }
        boolean all = true;
        System.out.println();
        for (Claim claim : CLAIMS) {
            double ours = medians.getOrDefault(claim.ours(), Double.NaN);
            double rival = medians.getOrDefault(claim.rival(), Double.NaN);
            boolean holds = rival / ours >= claim.speed();
            all &= holds;
            System.out.printf(
                    Locale.ROOT,
                    "%-5s %s: %.2f of its speed (claimed %.2f); medians %.1f and %.1f ms%n",
                    holds ? "ok" : "WRONG",
                    claim.what(),
                    rival / ours,
                    claim.speed(),
                    ours,
                    rival);
        }
        System.exit(all ? 0 : 1);
    }
}
