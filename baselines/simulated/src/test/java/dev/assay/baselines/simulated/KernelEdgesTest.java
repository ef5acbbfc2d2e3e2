package dev.assay.baselines.simulated;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.assay.backend.Backend;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Inputs that no recipe makes.
class KernelEdgesTest {
    private static void assertPasses(Exam exam, String... options) {
        try (Backend backend = Samples.open(options)) {
            assertEquals(Optional.empty(), exam.objection(backend));
        }
    }

    /// A query of ones, and keys of which the first `infinite` have a score of minus infinity.
    private static Exam infiniteScores(int keys, int infinite) {
        Exam exam = new Exam(Samples.attention(DType.F32, 1, 1, 1, 1, keys, 4).build(), "normal");
        for (int c = 0; c < 4; c++) {
            exam.set("Q", c, 1);
        }
        for (int j = 0; j < infinite; j++) {
            exam.set("K", j * 4L, Double.NEGATIVE_INFINITY);
        }
        return exam;
    }

    @ParameterizedTest
    @ValueSource(strings = {"strict", "tensor-core", "tile-npu"})
    void wholeTileOfInfinitelySmallScoresLeavesTheOthersAlone(String chip) {
        assertPasses(infiniteScores(200, 130), "chip", chip);
        assertPasses(infiniteScores(200, 130), "chip", chip, "variation", "key-tile-16");
        assertPasses(infiniteScores(200, 130), "chip", chip, "variation", "lazy-rescale");
    }

    @ParameterizedTest
    @ValueSource(strings = {"strict", "tensor-core", "tile-npu"})
    void onlyInfinitelySmallScoresGiveNan(String chip) {
        try (Backend backend = Samples.open("chip", chip)) {
            Tensor y = infiniteScores(3, 3).outputs(backend).values().iterator().next();
            assertEquals(Double.NaN, y.get(0));
        }
    }

    /// A probability of 1e-11, which f16 holds as zero, on a value that is infinite: 0 times infinity.
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void infiniteValueUnderVanishingProbabilityMayBeNan(DType dtype) {
        Exam exam = new Exam(Samples.attention(dtype, 1, 1, 1, 1, 3, 1).build(), "normal");
        exam.set("Q", 0, 25).set("K", 0, 1).set("K", 1, 0).set("K", 2, 1);
        exam.set("V", 1, Double.POSITIVE_INFINITY);
        for (String chip : Chip.SHIPPED) {
            assertPasses(exam, "chip", chip);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void sumBeyondTheAccumulatorIsInfinite(DType dtype) {
        for (String chip : Chip.SHIPPED) {
            assertPasses(Exam.matmul(dtype, 2, 40, 3, "normal(3e19,1e18)"), "chip", chip);
            assertPasses(Exam.matmul(dtype, 2, 3, 3, "normal(-1e30,1e28)"), "chip", chip);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"strict", "tensor-core", "tile-npu"})
    void smallestNumbersAreNotLost(String chip) {
        assertPasses(Exam.matmul(DType.F32, 3, 33, 3, "normal(0,1e-22)"), "chip", chip);
        assertPasses(Exam.matmul(DType.BF16, 3, 33, 3, "normal(0,1e-20)"), "chip", chip);
        assertPasses(Exam.matmul(DType.F16, 3, 33, 3, "normal(0,1e-6)"), "chip", chip);
    }
}
