package dev.assay.baselines.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.assay.backend.Backend;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class MatMulKernelTest {
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

    private static Trial matmul(TensorSpec a, TensorSpec b) {
        return Trial.of("matmul").input("A", a).input("B", b);
    }

    private static Trial matmul(DType dtype, List<Long> a, List<Long> b) {
        return matmul(TensorSpec.dense(dtype, Shape.of(a)), TensorSpec.dense(dtype, Shape.of(b)));
    }

    private static TensorSpec strided(DType dtype, List<Long> dims, Long... strides) {
        return new TensorSpec(dtype, Shape.of(dims), List.of(strides));
    }

    private static Stream<Arguments> shapes() {
        List<List<List<Long>>> shapes = List.of(
                List.of(List.of(1L, 1L), List.of(1L, 1L)),
                List.of(List.of(17L, 29L), List.of(29L, 13L)),
                List.of(List.of(64L, 65L), List.of(65L, 63L)),
                // one row, one column, one term
                List.of(List.of(1L, 65L), List.of(65L, 31L)),
                List.of(List.of(31L, 65L), List.of(65L, 1L)),
                List.of(List.of(7L, 1L), List.of(1L, 5L)),
                List.of(List.of(1L, 300L), List.of(300L, 1L)),
                // vectors
                List.of(List.of(19L), List.of(19L, 7L)),
                List.of(List.of(7L, 19L), List.of(19L)),
                List.of(List.of(19L), List.of(19L)),
                List.of(List.of(3L, 7L, 19L), List.of(19L)),
                List.of(List.of(19L), List.of(3L, 19L, 7L)),
                // batches: equal, of the left alone, of the right alone, against each other, of size 1
                List.of(List.of(5L, 6L, 7L), List.of(5L, 7L, 8L)),
                List.of(List.of(2L, 3L, 4L, 7L), List.of(2L, 3L, 7L, 5L)),
                List.of(List.of(5L, 6L, 7L), List.of(7L, 8L)),
                List.of(List.of(5L, 1L, 7L), List.of(7L, 8L)),
                List.of(List.of(6L, 7L), List.of(5L, 7L, 8L)),
                List.of(List.of(2L, 1L, 6L, 7L), List.of(3L, 7L, 8L)),
                List.of(List.of(2L, 1L, 1L, 7L), List.of(3L, 7L, 1L)),
                List.of(List.of(1L, 6L, 7L), List.of(1L, 7L, 8L)),
                List.of(List.of(2L, 1L, 6L, 7L), List.of(1L, 1L, 7L, 8L)),
                // enough small products for all threads
                List.of(List.of(200L, 8L, 20L), List.of(200L, 20L, 40L)),
                List.of(List.of(3L, 70L, 8L, 20L), List.of(3L, 1L, 20L, 40L)),
                // nothing to compute, nothing to sum
                List.of(List.of(0L, 5L), List.of(5L, 3L)),
                List.of(List.of(3L, 5L), List.of(5L, 0L)),
                List.of(List.of(3L, 0L), List.of(0L, 5L)),
                List.of(List.of(0L), List.of(0L)),
                List.of(List.of(0L, 3L, 5L), List.of(5L, 2L)),
                List.of(List.of(2L, 3L, 0L), List.of(2L, 0L, 4L)));
        return FLOATS.stream()
                .flatMap(dtype -> shapes.stream().map(pair -> Arguments.of(dtype, pair.get(0), pair.get(1))));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void shapesAreRight(DType dtype, List<Long> a, List<Long> b) {
        assertRight(matmul(dtype, a, b));
        assertRight(matmul(dtype, a, b).fill("integers(-4,4)"));
    }

    private static Stream<Arguments> layouts() {
        return FLOATS.stream()
                .flatMap(dtype -> Stream.of(
                        Arguments.of(
                                "both transposed",
                                strided(dtype, List.of(17L, 29L), 1L, 17L),
                                strided(dtype, List.of(29L, 13L), 1L, 29L)),
                        Arguments.of(
                                "right transposed",
                                strided(dtype, List.of(17L, 29L), 29L, 1L),
                                strided(dtype, List.of(29L, 13L), 1L, 29L)),
                        Arguments.of(
                                "rows with gaps",
                                strided(dtype, List.of(17L, 29L), 40L, 1L),
                                strided(dtype, List.of(29L, 13L), 1L, 31L)),
                        Arguments.of(
                                "no stride is 1",
                                strided(dtype, List.of(17L, 29L), 58L, 2L),
                                strided(dtype, List.of(29L, 13L), 3L, 90L)),
                        Arguments.of(
                                "repeated row and column",
                                strided(dtype, List.of(17L, 29L), 0L, 1L),
                                strided(dtype, List.of(29L, 13L), 1L, 0L)),
                        Arguments.of(
                                "one value",
                                strided(dtype, List.of(17L, 29L), 0L, 0L),
                                strided(dtype, List.of(29L, 13L), 13L, 1L)),
                        Arguments.of(
                                "overlapping rows",
                                strided(dtype, List.of(17L, 29L), 1L, 1L),
                                strided(dtype, List.of(29L, 13L), 5L, 1L)),
                        Arguments.of(
                                "vectors with gaps",
                                strided(dtype, List.of(29L), 3L),
                                strided(dtype, List.of(29L), 5L)),
                        Arguments.of(
                                "row with gaps",
                                strided(dtype, List.of(1L, 29L), 1L, 3L),
                                strided(dtype, List.of(29L, 13L), 13L, 1L)),
                        Arguments.of(
                                "column with gaps",
                                strided(dtype, List.of(17L, 29L), 29L, 1L),
                                strided(dtype, List.of(29L, 1L), 3L, 7L)),
                        Arguments.of(
                                "heads between rows",
                                strided(dtype, List.of(2L, 3L, 5L, 7L), 105L, 7L, 21L, 1L),
                                strided(dtype, List.of(2L, 3L, 7L, 5L), 105L, 7L, 1L, 21L)),
                        Arguments.of(
                                "batch of left operands with gaps, one right operand",
                                strided(dtype, List.of(4L, 5L, 7L), 50L, 7L, 1L),
                                strided(dtype, List.of(7L, 6L), 6L, 1L)),
                        Arguments.of(
                                "batch of single rows in another order",
                                strided(dtype, List.of(3L, 4L, 1L, 7L), 7L, 21L, 1L, 1L),
                                strided(dtype, List.of(7L, 6L), 1L, 7L)),
                        Arguments.of(
                                "repeated batch",
                                strided(dtype, List.of(4L, 5L, 7L), 0L, 7L, 1L),
                                strided(dtype, List.of(4L, 7L, 6L), 42L, 6L, 1L)),
                        Arguments.of(
                                "repeated batch of transposed matrices",
                                strided(dtype, List.of(4L, 5L, 7L), 0L, 1L, 5L),
                                strided(dtype, List.of(4L, 7L, 6L), 0L, 1L, 7L))));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("layouts")
    void layoutsAreRight(String name, TensorSpec a, TensorSpec b) {
        assertRight(matmul(a, b));
        assertRight(matmul(a, b).fill("integers(-4,4)"));
    }

    private static Stream<Arguments> dataSets() {
        return FLOATS.stream()
                .flatMap(dtype -> Stream.of(
                                "uniform(-1,1)",
                                "lognormal(2)",
                                "cancelling",
                                "outliers",
                                "specials",
                                "overflow",
                                "large-mean(1000)")
                        .map(fill -> Arguments.of(dtype, fill)));
    }

    @ParameterizedTest
    @MethodSource("dataSets")
    void dataSetsAreRight(DType dtype, String fill) {
        assertRight(matmul(dtype, List.of(40L, 130L), List.of(130L, 50L)).fill(fill));
        assertRight(matmul(dtype, List.of(1L, 130L), List.of(130L, 50L)).fill(fill));
        assertRight(matmul(dtype, List.of(40L, 130L), List.of(130L, 1L)).fill(fill));
        assertRight(matmul(dtype, List.of(3L, 4L, 130L), List.of(3L, 130L, 5L)).fill(fill));
    }

    /// In its own type a sum of ones would stop at 256 (bf16) or 2048 (f16).
    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "F16", "BF16"})
    void longSumsDoNotStagnate(DType dtype) {
        assertRight(matmul(dtype, List.of(3L, 4096L), List.of(4096L, 5L)).fill("integers(1,1)"));
        assertRight(matmul(dtype, List.of(2L, 16385L), List.of(16385L, 3L)));
    }

    @Test
    void f16ResultsBeyondItsRangeAreInfinite() {
        assertRight(matmul(DType.F16, List.of(3L, 70L), List.of(70L, 5L)).fill("integers(100,100)"));
    }

    @Test
    void halvesAreRoundedToEvenOnce() {
        // 1 + 2^-8 + 2^-30: rounded to f32 first, it would be a tie of bf16 and become 1.
        Trial trial = matmul(DType.BF16, List.of(1L, 2L), List.of(2L, 1L))
                .set("A", 0, 1)
                .set("A", 1, 0x1p-8)
                .set("B", 0, 1)
                .set("B", 1, 1);
        assertRight(trial);
    }
}
