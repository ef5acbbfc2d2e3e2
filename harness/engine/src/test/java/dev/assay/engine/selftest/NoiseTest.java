package dev.assay.engine.selftest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.engine.selftest.Notes.Run;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NoiseTest {
    private static final Call CALL = new CallBuilder(Operators.named("matmul", "test"), "test")
            .input("A", TensorSpec.of(DType.F32, 1, 2))
            .input("B", TensorSpec.of(DType.F32, 2, 2))
            .build();

    private final Arena arena = Arena.ofShared();

    @AfterEach
    void free() {
        arena.close();
    }

    /// Sums of whole numbers are exact, so that the unit is an ulp of the output.
    private Run run(double first, double second) {
        Map<String, Tensor> inputs = Map.of(
                "A", Tensor.of(arena, DType.F32, Shape.of(1, 2), 1, 2),
                "B", Tensor.of(arena, DType.F32, Shape.of(2, 2), 3, 4, 5, 6));
        Tensor y = Tensor.of(arena, DType.F32, Shape.of(1, 2), first, second);
        return new Run("q", first + " " + second, CALL, ComputeContract.STRICT, 1, inputs, Map.of("Y", y));
    }

    @Test
    void equalRunsDifferInNothing() {
        assertEquals(Change.NONE, new Noise().between(run(13, 16), run(13, 16)));
    }

    @Test
    void theLargestChangeCounts() {
        Change change = new Noise().between(run(13, 16), run(13 + 0x1p-20, 16 + 0x1p-18));
        assertEquals(2, change.changed());
        // Ulps of 13 and 16 are 2^-20 and 2^-19.
        assertEquals(2, change.ulps());
        assertEquals(2, change.noise());
    }

    @Test
    void whatIsNoNumberIsInfinitelyFar() {
        assertEquals(
                Double.POSITIVE_INFINITY,
                new Noise().between(run(13, 16), run(13, Double.NaN)).noise());
        assertEquals(
                Double.POSITIVE_INFINITY,
                new Noise()
                        .between(run(13, 16), run(Double.NEGATIVE_INFINITY, 16))
                        .ulps());
    }

    /// The reference is NaN: a device that says NaN too has changed nothing, one that says 5 has changed all.
    @Test
    void aSpecialValueThatIsLostIsInfinitelyFar() {
        Map<String, Tensor> inputs = Map.of(
                "A", Tensor.of(arena, DType.F32, Shape.of(1, 2), Double.NaN, 2),
                "B", Tensor.of(arena, DType.F32, Shape.of(2, 2), 3, 4, 5, 6));
        Tensor was = Tensor.of(arena, DType.F32, Shape.of(1, 2), Double.NaN, Double.NaN);
        Tensor is = Tensor.of(arena, DType.F32, Shape.of(1, 2), Double.NaN, 5);
        Run plain = new Run("q", "a", CALL, ComputeContract.STRICT, 1, inputs, Map.of("Y", was));
        Run mutant = new Run("q", "b", CALL, ComputeContract.STRICT, 1, inputs, Map.of("Y", is));
        Change change = new Noise().between(plain, mutant);
        assertEquals(1, change.changed());
        assertEquals(Double.POSITIVE_INFINITY, change.noise());
    }

    @Test
    void otherZerosAreChangedButNotFar() {
        Change change = new Noise().between(run(0.0, 16), run(-0.0, 16));
        assertEquals(1, change.changed());
        assertEquals(0, change.noise());
    }

    @Test
    void legalNoiseMakesAChangeSmaller() {
        Map<String, Tensor> inputs = Map.of(
                "A", Tensor.of(arena, DType.F32, Shape.of(1, 2), 1 + 0x1p-23, -1),
                "B", Tensor.of(arena, DType.F32, Shape.of(2, 2), 1 + 0x1p-23, 1, 1, 1));
        Tensor was = Tensor.of(arena, DType.F32, Shape.of(1, 2), 0x1p-22, 0x1p-23);
        Tensor is = Tensor.of(arena, DType.F32, Shape.of(1, 2), 0x1p-22 + 0x1p-40, 0x1p-23);
        Run plain = new Run("q", "a", CALL, ComputeContract.STRICT, 1, inputs, Map.of("Y", was));
        Run mutant = new Run("q", "b", CALL, ComputeContract.STRICT, 1, inputs, Map.of("Y", is));
        Change change = new Noise().between(plain, mutant);
        assertEquals(0x1p-40 / 0x1p-45, change.ulps());
        assertTrue(change.noise() < change.ulps() / 8, () -> change.toString());
    }
}
