package dev.assay.engine.selftest;

import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.BackendOptions;
import dev.assay.backend.BackendProvider;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.Deviations;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.HostBackend;
import dev.assay.backend.Support;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Two devices that multiply matrices in f32 by textbook loops, and what may go wrong with them.
final class FakeProvider implements BackendProvider, Deviations {
    private static final Entry DESCENDING =
            new Entry("descending", Kind.VARIATION, List.of("matmul"), List.of(), "2", List.of(), "sums run backwards");

    private final List<Entry> entries;

    /// @param entries ids of faults; every fake has the variation `descending`
    FakeProvider(String... entries) {
        this.entries = Stream.concat(
                        Stream.of(DESCENDING), Arrays.stream(entries).map(FakeProvider::entry))
                .toList();
    }

    private static Entry entry(String id) {
        return id.equals("liar") || id.startsWith("declares")
                ? new Entry(id, Kind.VARIATION, List.of("matmul"), List.of(), "", List.of(), id)
                : new Entry(id, Kind.FAULT, List.of("matmul"), layers(id), "X1", List.of("offset"), id);
    }

    /// Of an offset `memory` says nothing.
    private static List<String> layers(String id) {
        return id.equals("misnamed") ? List.of("memory") : List.of("exact", "bound");
    }

    Map<String, BackendProvider> installed() {
        return Map.of(id(), this);
    }

    @Override
    public String id() {
        return "fake";
    }

    @Override
    public List<Entry> deviations() {
        return entries;
    }

    @Override
    public List<BackendOptions> devices() {
        return List.of(BackendOptions.of(Map.of("chip", "a")), BackendOptions.of(Map.of("chip", "b")));
    }

    @Override
    public Backend open(BackendOptions options) {
        Map<String, String> values = new TreeMap<>(options.values());
        String deviation = values.getOrDefault("fault", values.getOrDefault("variation", ""));
        return new HostBackend(DeviceInfo.named("fake")) {
            @Override
            public Support supports(Call call) {
                return deviation.equals("refuses") ? Support.no("not today") : Support.yes();
            }

            @Override
            public ComputeContract contract(Call call) {
                // Any other promise will do.
                return deviation.equals("declares-even-first")
                        ? ComputeContract.strict().deterministic(true).build()
                        : ComputeContract.STRICT;
            }

            @Override
            protected void run(Call call, Arguments arguments) {
                multiply(arguments, deviation);
            }
        };
    }

    private static void multiply(Arguments arguments, String deviation) {
        Tensor a = arguments.input("A").tensor();
        Tensor b = arguments.input("B").tensor();
        Tensor y = arguments.output("Y").tensor();
        long m = a.shape().dim(0);
        long k = a.shape().dim(1);
        long n = b.shape().dim(1);
        boolean backwards = deviation.equals("descending") || deviation.equals("backwards");
        // The order of a sum is free, so that no judge can object; but no variation owns up to this one.
        boolean evenFirst = deviation.endsWith("even-first");
        for (long i = 0; i < m; i++) {
            for (long j = 0; j < n; j++) {
                float sum = 0;
                for (long l = 0; l < k; l++) {
                    long at = backwards ? k - 1 - l : evenFirst ? evenFirst(l, k) : l;
                    sum += (float) a.get(i * k + at) * (float) b.get(at * n + j);
                }
                y.set(i * n + j, sum);
            }
        }
        switch (deviation) {
            case "offset", "misnamed", "liar" -> y.set(0, y.get(0) + 1);
            case "input" -> a.set(0, a.get(0) + 1);
            case "throws" -> throw new IllegalStateException("the device is on fire");
            default -> {
                // As it is.
            }
        }
    }

    private static long evenFirst(long position, long count) {
        long even = Math.ceilDiv(count, 2L);
        return position < even ? 2 * position : 2 * (position - even) + 1;
    }
}
