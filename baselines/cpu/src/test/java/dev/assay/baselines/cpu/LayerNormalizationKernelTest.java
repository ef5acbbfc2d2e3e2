package dev.assay.baselines.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Backend;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LayerNormalizationKernelTest {
    /// A NaN in every type, taken from the top; none of them the usual one.
    private static final long ODD_NAN = 0xFFFF_FFFF_FFFF_FFFFL;

    private static final List<DType> FLOATS = List.of(DType.F64, DType.F32, DType.F16, DType.BF16);

    private final List<Backend> backends = new ArrayList<>();

    @BeforeAll
    void open() {
        backends.add(CpuBackend.open(1));
        backends.add(CpuBackend.open(3));
    }

    @AfterAll
    void close() {
        backends.forEach(Backend::close);
    }

    private void assertRight(Trial trial) {
        for (Backend backend : backends) {
            assertEquals(
                    List.of(),
                    trial.run(backend),
                    () -> trial.call() + " on " + backend.device().model());
        }
    }

    /// With all three outputs.
    private static Trial normalization(DType dtype, int axis, long... dims) {
        Shape normalised = Shape.of(dims).slice(axis, dims.length);
        return Trial.of("layer_normalization")
                .input("X", dtype, dims)
                .input("Scale", TensorSpec.dense(dtype, normalised))
                .input("B", TensorSpec.dense(dtype, normalised))
                .attribute("axis", axis)
                .output("Mean")
                .output("InvStdDev");
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void everyAxisIsRight(DType dtype) {
        for (int axis = 0; axis < 4; axis++) {
            assertRight(normalization(dtype, axis, 2, 3, 4, 5));
            assertRight(normalization(dtype, axis, 2, 3, 4, 5).attribute("axis", axis - 4));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void sizesAreRight(DType dtype) {
        long[][] sizes = {{1, 1}, {0, 8}, {1, 8191}, {257, 2}, {13, 17}, {5, 127}, {5, 129}, {3000, 30}, {7}};
        for (long[] dims : sizes) {
            assertRight(normalization(dtype, dims.length - 1, dims));
        }
    }

    private static Stream<Arguments> dataSets() {
        return FLOATS.stream()
                .flatMap(dtype -> Stream.of(
                                "uniform(-1,1)",
                                "large-mean(30)",
                                "large-mean(1000)",
                                "tiny-variance",
                                "outliers",
                                "lognormal(2)",
                                "integers(-4,4)",
                                "specials")
                        .map(fill -> Arguments.of(dtype, fill)));
    }

    @ParameterizedTest
    @MethodSource("dataSets")
    void dataSetsAreRight(DType dtype, String fill) {
        assertRight(normalization(dtype, 1, 26, 320).fill(fill));
    }

    private static Trial plain(DType dtype) {
        return Trial.of("layer_normalization").input("X", dtype, 13, 40).input("Scale", dtype, 40);
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void biasAndStatisticsMayBeLeftOut(DType dtype) {
        assertRight(plain(dtype));
        assertRight(plain(dtype).output("Mean"));
        assertRight(plain(dtype).output("InvStdDev"));
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void epsilonCounts(DType dtype) {
        assertRight(plain(dtype)
                .attribute("epsilon", 0.5)
                .fill("X", "normal(0,0.1)")
                .output("InvStdDev"));
        assertRight(plain(dtype).attribute("epsilon", 0));
        assertRight(plain(dtype).attribute("epsilon", 1e-12).fill("X", "normal(0,0.001)"));
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void statisticsAreStoredAsAskedFor(DType dtype) {
        assertRight(normalization(dtype, 1, 13, 40).attribute("stash_type", 11));
        assertRight(normalization(dtype, 1, 13, 40).attribute("stash_type", 1));
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void constantRowsGiveTheBias(DType dtype) {
        assertRight(normalization(dtype, 1, 13, 40).fill("X", "integers(3,3)"));
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void stridedInputsAreRight(DType dtype) {
        assertRight(Trial.of("layer_normalization")
                .input("X", new TensorSpec(dtype, Shape.of(13, 40), List.of(1L, 13L)))
                .input("Scale", new TensorSpec(dtype, Shape.of(40), List.of(2L)))
                .input("B", new TensorSpec(dtype, Shape.of(40), List.of(0L))));
    }

    /// Otherwise bits would depend on what the JVM has compiled.
    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void thereIsOneNan(DType dtype) {
        Trial trial = normalization(dtype, 1, 13, 40)
                .change("X", tensor -> tensor.setCodeAt(3, ODD_NAN >>> (64 - dtype.bits())));
        try (Arena arena = Arena.ofShared()) {
            int found = 0;
            for (Tensor tensor : Trial.outputs(
                            backends.getFirst(), trial.call(), trial.inputs(arena), arena, new ArrayList<>())
                    .values()) {
                for (long i = 0; i < tensor.shape().elements(); i++) {
                    if (Double.isNaN(tensor.get(i))) {
                        assertEquals(tensor.dtype().encode(Double.NaN), tensor.codeAt(i), tensor::toString);
                        found++;
                    }
                }
            }
            assertTrue(found > 0);
        }
    }
}
