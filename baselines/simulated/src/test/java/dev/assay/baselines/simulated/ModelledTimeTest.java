package dev.assay.baselines.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Arguments;
import dev.assay.backend.Backend;
import dev.assay.backend.Call;
import dev.assay.backend.Kernel;
import dev.assay.backend.Launch;
import dev.assay.backend.Support;
import dev.assay.backend.Timing;
import dev.assay.baselines.simulated.faults.Faults;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Times of launches that compute nothing, so that any size can be asked for.
class ModelledTimeTest {
    private static final List<Deviation> NOTHING =
            Faults.ALL.stream().filter(fault -> !fault.launches()).toList();

    /// The strict chip with other numbers in its descriptor.
    private static Backend strict(String... replacements) {
        String text = ChipTest.shipped("strict");
        for (int i = 0; i < replacements.length; i += 2) {
            assertTrue(text.contains(replacements[i]), replacements[i]);
            text = text.replace(replacements[i], replacements[i + 1]);
        }
        return new SimulatedBackend(Chip.parse(text, "test"), NOTHING);
    }

    /// One core and memory that costs nothing: only tiles count.
    private static Backend oneCore() {
        return strict("\"cores\": 16", "\"cores\": 1", "0.4e12", "1e300");
    }

    private static double nanos(Backend backend, Call call) {
        try (Kernel kernel = backend.prepare(call);
                Launch launch = kernel.bind(new Arguments(Map.of(), Map.of(), Optional.empty()))) {
            Timing timing = launch.run(3);
            assertEquals(Timing.Clock.MODELLED, timing.clock());
            assertEquals(3, timing.nanos().length);
            assertEquals(1, LongStream.of(timing.nanos()).distinct().count());
            return (double) timing.nanos()[0];
        }
    }

    /// Within the rounding to whole nanoseconds.
    private static void assertNear(double want, double got) {
        assertTrue(Math.abs(want - got) <= 1, want + " expected, got " + got);
    }

    private static Call matmul(DType dtype, long m, long k, long n) {
        return Exam.call("matmul")
                .input("A", TensorSpec.of(dtype, m, k))
                .input("B", TensorSpec.of(dtype, k, n))
                .build();
    }

    private static Call attention(long s, long t) {
        return Samples.attention(DType.BF16, 1, 32, 8, s, t, 128).build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"strict", "tensor-core", "tile-npu"})
    void moreWorkNeverTakesLess(String chip) {
        try (Backend backend = new SimulatedBackend(Chip.load(chip), NOTHING)) {
            double[] before = new double[6];
            for (long size = 1; size < 20_000; size += size / 3 + 1) {
                double[] now = {
                    nanos(backend, matmul(DType.BF16, size, 512, 512)),
                    nanos(backend, matmul(DType.F32, 512, size, 512)),
                    nanos(backend, matmul(DType.F16, 512, 512, size)),
                    nanos(backend, attention(size, 512)),
                    nanos(backend, attention(7, size)),
                    nanos(backend, Samples.normalization(DType.BF16, size, 4096).build())
                };
                for (int i = 0; i < now.length; i++) {
                    assertTrue(now[i] >= before[i], "row " + i + ", size " + size);
                }
                before = now;
            }
            double launch = Chip.load(chip).launchNanos();
            for (double time : before) {
                assertTrue(time > 2 * launch, "20,000 rows take " + time);
            }
        }
    }

    @Test
    void oneRowMoreThanATileCostsAWholeTile() {
        try (Backend backend = oneCore()) {
            for (int axis = 0; axis < 3; axis++) {
                long tile = axis == 1 ? 32 : 64;
                double one = nanos(backend, onAxis(axis, tile)) - 6000;
                assertTrue(one > 1000);
                assertNear(one, nanos(backend, onAxis(axis, 1)) - 6000);
                assertNear(2 * one, nanos(backend, onAxis(axis, tile + 1)) - 6000);
                assertNear(2 * one, nanos(backend, onAxis(axis, 2 * tile)) - 6000);
            }
        }
    }

    /// 6400 in two dimensions, so that a tile along the third takes microseconds.
    private static Call onAxis(int axis, long size) {
        return matmul(DType.F32, axis == 0 ? size : 6400, axis == 1 ? size : 6400, axis == 2 ? size : 6400);
    }

    @Test
    void oneQueryOrKeyMoreThanATileCostsAWholeTile() {
        try (Backend backend = oneCore()) {
            double one = nanos(backend, attention(64, 64)) - 6000;
            assertNear(one, nanos(backend, attention(1, 1)) - 6000);
            assertNear(2 * one, nanos(backend, attention(65, 64)) - 6000);
            assertNear(2 * one, nanos(backend, attention(64, 65)) - 6000);
        }
    }

    /// 16 cores: a seventeenth tile opens a second wave.
    @Test
    void oneTileMoreThanCoresCostsAWave() {
        try (Backend backend = strict("0.4e12", "1e300")) {
            double wave = nanos(backend, matmul(DType.F32, 16 * 64, 64_000, 64)) - 6000;
            assertNear(wave, nanos(backend, matmul(DType.F32, 64, 64_000, 64)) - 6000);
            assertNear(2 * wave, nanos(backend, matmul(DType.F32, 16 * 64 + 1, 64_000, 64)) - 6000);
        }
    }

    /// 2 m n k flops at 16e12 per second, m, n and k whole tiles that fill the cores.
    @Test
    void computeBoundProductTakesFlopsByPeak() {
        try (Backend backend = strict()) {
            double seconds = 2.0 * 4096 * 4096 * 4096 / 16e12;
            assertNear(6000 + 1e9 * seconds, nanos(backend, matmul(DType.F32, 4096, 4096, 4096)));
            assertNear(6000 + 5e8 * seconds, nanos(backend, matmul(DType.BF16, 4096, 4096, 4096)));
        }
    }

    @Test
    void memoryBoundCallsTakeBytesByBandwidth() {
        try (Backend backend = strict()) {
            Call call = Samples.normalization(DType.F32, 1000, 4096).build();
            assertNear(6000 + 1e9 * call.tensorBytes() / 0.4e12, nanos(backend, call));
            Call row = matmul(DType.BF16, 1, 4096, 4096);
            assertNear(6000 + 1e9 * row.tensorBytes() / 0.4e12, nanos(backend, row));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"strict", "tensor-core", "tile-npu"})
    void emptyCallCostsALaunch(String chip) {
        try (Backend backend = new SimulatedBackend(Chip.load(chip), NOTHING)) {
            double launch = Chip.load(chip).launchNanos();
            assertEquals(launch, nanos(backend, matmul(DType.F32, 0, 5, 0)));
            assertEquals(launch, nanos(backend, matmul(DType.F32, 0, 0, 0)));
            assertEquals(
                    launch,
                    nanos(
                            backend,
                            Samples.attention(DType.F32, 0, 2, 1, 4, 4, 8).build()));
            Call rows = Exam.call("layer_normalization")
                    .input("X", TensorSpec.of(DType.F32, 0, 0))
                    .input("Scale", TensorSpec.of(DType.F32, 0))
                    .build();
            assertEquals(launch, nanos(backend, rows));
        }
    }

    @Test
    void timeIsPositiveHoweverFastTheLaunch() {
        try (Backend backend = strict("6000", "1e-9")) {
            for (Exam exam : Samples.selection()) {
                assertTrue(
                        !(backend.supports(exam.call()) instanceof Support.Yes) || nanos(backend, exam.call()) > 0,
                        exam.toString());
            }
            assertEquals(1, nanos(backend, matmul(DType.F32, 0, 0, 0)));
        }
    }
}
