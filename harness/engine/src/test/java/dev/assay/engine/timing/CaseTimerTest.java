package dev.assay.engine.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Arguments;
import dev.assay.backend.Attributes;
import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.DeviceInfo;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Support;
import dev.assay.backend.Timing;
import dev.assay.engine.judge.DeviceCall;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CaseTimerTest {
    private static final Effort SHORT = new Effort(1, 3, 5);

    private static final Call CALL = new CallBuilder(Operators.named("matmul", "test"), "test")
            .input("A", TensorSpec.of(DType.F32, 1, 2))
            .input("B", TensorSpec.of(DType.F32, 2, 1))
            .build();

    /// A device whose launches are made by the test.
    private record Device(Binding binding) implements Backend {
        @Override
        public DeviceInfo device() {
            return DeviceInfo.named("test");
        }

        @Override
        public Support supports(Call call) {
            return Support.yes();
        }

        @Override
        public Kernel prepare(Call call) {
            return binding::bind;
        }

        @Override
        public void close() {}
    }

    private interface Binding {
        Launch bind(Arguments arguments);
    }

    private static List<Sample> time(Supplier<Launch> launches, Effort effort, int round) {
        try (Arena arena = Arena.ofConfined()) {
            Map<String, Tensor> inputs = Map.of(
                    "A", Tensor.of(arena, DType.F32, Shape.of(1, 2), 1, 2),
                    "B", Tensor.of(arena, DType.F32, Shape.of(2, 1), 3, 4));
            try (DeviceCall call = DeviceCall.prepare(new Device(arguments -> launches.get()), CALL, inputs, true)) {
                return CaseTimer.time("matmul/x", call, effort, round);
            }
        }
    }

    private static Launch clocked(Timing.Clock clock, long nanos, int[] runs) {
        return new Launch() {
            @Override
            public void run() {
                runs[0]++;
            }

            @Override
            public Timing run(int times) {
                long[] each = new long[times];
                java.util.Arrays.fill(each, nanos);
                return new Timing(each, clock);
            }
        };
    }

    /// Fails where JMH's annotation processor did not run: the build would pass, and time nothing.
    @Test
    void theBenchmarkIsListed() throws Exception {
        try (InputStream list = LaunchBenchmark.class.getResourceAsStream("/META-INF/BenchmarkList")) {
            assertTrue(list != null, "META-INF/BenchmarkList is on the class path");
            String text = new String(list.readAllBytes(), StandardCharsets.UTF_8);
            for (String method : List.of("run", "runInPlace")) {
                assertTrue(text.contains("LaunchBenchmark_" + method + "_jmhTest"), text);
            }
        }
    }

    @Test
    void jmhMeasuresTheKernel() {
        int[] runs = new int[1];
        Launch busy = () -> {
            runs[0]++;
            long end = System.nanoTime() + 200_000;
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
        };
        List<Sample> samples = time(() -> busy, SHORT, 4);
        assertEquals(3, samples.size());
        for (int i = 0; i < samples.size(); i++) {
            Sample sample = samples.get(i);
            assertEquals("jmh", sample.clock());
            assertEquals(4, sample.round());
            assertEquals(i, sample.iteration());
            assertTrue(sample.ops() >= 1);
            assertTrue(sample.nanos() >= 200_000, sample.toString());
        }
        assertTrue(runs[0] > samples.stream().mapToLong(Sample::ops).sum(), "warm-up included");
        assertSame(TimedLaunch.NONE, TimedLaunch.current(), "nothing is left behind");
    }

    @Test
    void aModelledDeviceIsNotMeasured() {
        int[] runs = new int[1];
        List<Sample> samples = time(() -> clocked(Timing.Clock.MODELLED, 77, runs), SHORT, 0);
        assertEquals(List.of(new Sample("modelled", 0, 0, 1, 77)), samples);
        assertEquals(0, runs[0]);
    }

    @Test
    void aDeviceClockIsAskedBesides() {
        int[] runs = new int[1];
        List<Sample> samples = time(() -> clocked(Timing.Clock.DEVICE, 55, runs), SHORT, 1);
        List<Sample> device =
                samples.stream().filter(one -> one.clock().equals("device")).toList();
        assertEquals(3 + 20, samples.size());
        assertEquals(20, device.size());
        assertEquals(new Sample("device", 1, 19, 1, 55), device.getLast());
        assertFalse(runs[0] == 0, "JMH ran it as well");
    }

    @Test
    void aKernelThatThrowsWhileTimedIsNotDropped() {
        int[] runs = new int[1];
        Launch failing = () -> {
            if (++runs[0] > 3) {
                throw new IllegalStateException("device lost");
            }
        };
        assertThrows(IllegalStateException.class, () -> time(() -> failing, SHORT, 0));
        assertSame(TimedLaunch.NONE, TimedLaunch.current());
    }

    @Test
    void theNextCaseIsTimedAndNotTheOneThatThrew() {
        int[] failures = new int[1];
        Launch failing = () -> {
            if (++failures[0] > 3) {
                throw new IllegalStateException("device lost");
            }
        };
        assertThrows(IllegalStateException.class, () -> time(() -> failing, SHORT, 0));
        int before = failures[0];
        int[] runs = new int[1];
        assertEquals(3, time(() -> () -> runs[0]++, SHORT, 0).size());
        assertTrue(runs[0] > 1);
        assertEquals(before, failures[0], "the launch that threw is not run again");
    }

    /// Every run, warm-up included, finds the input as it was given.
    @ParameterizedTest
    @EnumSource(Timing.Clock.class)
    void inputsWrittenInPlaceAreRestoredBeforeEveryRun(Timing.Clock clock) {
        TensorSpec spec = TensorSpec.of(DType.F32, 1);
        Call call = new Call(
                "increment",
                List.of(Call.Operand.of("X", spec)),
                List.of(new Call.Operand("Y", Optional.of(spec), Optional.of("X"))),
                Attributes.NONE,
                Map.of());
        Binding increment = arguments -> new Launch() {
            @Override
            public void run() {
                Tensor x = arguments.input("X").tensor();
                if (x.get(0) != 3) {
                    throw new IllegalStateException("not restored: " + x.get(0));
                }
                x.set(0, 4);
            }

            @Override
            public Timing run(int times) {
                for (int i = 0; i < times; i++) {
                    run();
                }
                return new Timing(new long[times], clock);
            }
        };
        // JMH runs it on a thread of its own.
        try (Arena arena = Arena.ofShared()) {
            Map<String, Tensor> inputs = Map.of("X", Tensor.of(arena, DType.F32, Shape.of(1), 3));
            try (DeviceCall device = DeviceCall.prepare(new Device(increment), call, inputs, true)) {
                assertTrue(device.writesInPlace());
                assertFalse(CaseTimer.time("increment/x", device, SHORT, 0).isEmpty());
                assertEquals(
                        4,
                        Objects.requireNonNull(device.readOutputs(arena).get("Y"))
                                .get(0),
                        "the last run's result");
            }
        }
    }

    @Test
    void withoutALaunchTheBenchmarkRefuses() {
        assertThrows(IllegalStateException.class, () -> TimedLaunch.NONE.run().run());
    }
}
