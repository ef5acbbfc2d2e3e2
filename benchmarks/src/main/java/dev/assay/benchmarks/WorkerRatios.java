package dev.assay.benchmarks;

import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Buffer;
import dev.assay.backend.Call;
import dev.assay.engine.judge.DeviceCall;
import dev.assay.engine.run.Backends;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import dev.assay.worker.JavaCommand;
import dev.assay.worker.remote.HostMain;
import dev.assay.worker.remote.RemoteBackend;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What a process of its own costs a backend: a request and its reply, a large tensor, the time of a kernel.
///
/// The rival of each is the same in this process, measured in turn. Prints medians.
public final class WorkerRatios {
    private static final int ROUND_TRIPS = 2000;
    private static final int ROUNDS = 15;
    private static final int RUNS = 20;
    private static final long GIB = 1L << 30;
    private static final double NANOS_PER_MICRO = 1e3;
    private static final double NANOS_PER_MILLI = 1e6;

    private WorkerRatios() {}

    /// Prints the figures.
    public static void main(String[] arguments) {
        BackendProvider provider = new Backends().named("cpu", "benchmark");
        List<String> command =
                new ArrayList<>(JavaCommand.of(HostMain.class.getName(), "2g", JavaCommand.ownThreads()));
        command.addAll(List.of(HostMain.JAVA, "cpu"));
        try (Backend here = provider.open(BackendOptions.NONE);
                RemoteBackend there = RemoteBackend.open(command, Map.of(), BackendOptions.NONE)) {
            roundTrip(there);
            handOver(there);
            for (long size : new long[] {256, 512, 1024}) {
                kernel(here, there, size);
            }
        }
    }

    private static Call product(long size) {
        Operator operator = Operators.named("matmul", "benchmark");
        return new CallBuilder(operator, "benchmark")
                .input("A", TensorSpec.of(DType.F32, size, size))
                .input("B", TensorSpec.of(DType.F32, size, size))
                .build();
    }

    private static void roundTrip(Backend there) {
        Call call = product(64);
        double[] nanos = new double[ROUND_TRIPS];
        for (int warm = 0; warm < 2; warm++) {
            for (int i = 0; i < ROUND_TRIPS; i++) {
                long start = System.nanoTime();
                there.supports(call);
                nanos[i] = System.nanoTime() - start;
            }
        }
        Arrays.sort(nanos);
        print("request and reply: median " + one(nanos[ROUND_TRIPS / 2] / NANOS_PER_MICRO) + " us, 99 of 100 within "
                + one(nanos[ROUND_TRIPS * 99 / 100] / NANOS_PER_MICRO) + " us");
    }

    private static void handOver(Backend there) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment from = arena.allocate(GIB, 4096).fill((byte) 1);
            MemorySegment to = arena.allocate(GIB, 4096).fill((byte) 2);
            long start = System.nanoTime();
            there.allocate(GIB).close();
            print("1 GiB mapped and touched, once: " + one((System.nanoTime() - start) / NANOS_PER_MILLI) + " ms");
            double[] shared = new double[5];
            double[] copied = new double[5];
            for (int i = 0; i < shared.length; i++) {
                start = System.nanoTime();
                try (Buffer buffer = there.allocate(GIB)) {
                    buffer.write(0, from);
                }
                shared[i] = System.nanoTime() - start;
                start = System.nanoTime();
                MemorySegment.copy(from, 0, to, 0, GIB);
                copied[i] = System.nanoTime() - start;
            }
            print("1 GiB handed over: " + one(median(shared) / NANOS_PER_MILLI) + " ms, "
                    + three(median(shared) / median(copied)) + " times a copy within this process");
        }
    }

    private static void kernel(Backend here, Backend there, long size) {
        Operator operator = Operators.named("matmul", "benchmark");
        Call call = product(size);
        try (Arena arena = Arena.ofShared()) {
            var inputs = CaseInputs.generate(operator, call, "normal", "benchmark", 1, arena);
            try (DeviceCall own = DeviceCall.prepare(here, call, inputs, true);
                    DeviceCall remote = DeviceCall.prepare(there, call, inputs, true)) {
                own.launch().run(RUNS);
                remote.launch().run(RUNS);
                double[] ratios = new double[ROUNDS];
                double[] times = new double[ROUNDS];
                for (int i = 0; i < ROUNDS; i++) {
                    double mine = median(own.launch().run(RUNS).nanos());
                    double theirs = median(remote.launch().run(RUNS).nanos());
                    times[i] = mine;
                    ratios[i] = theirs / mine;
                }
                print("matmul " + size + ": " + three(median(times) / NANOS_PER_MILLI) + " ms here, in a worker "
                        + three(median(ratios)) + " times that");
            }
        }
    }

    private static double median(long[] values) {
        return median(Arrays.stream(values).asDoubleStream().toArray());
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static void print(String line) {
        System.out.println(line);
    }

    private static String one(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String three(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }
}
