package dev.assay.operator.science;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Lists of neighbours and sums over waves, against values worked out by hand and wrong kernels.
class PeriodicTest {
    private static Tensor whole(Shape shape, long... values) {
        Tensor tensor = Tensor.allocate(TensorSpec.dense(DType.I32, shape), Arena.ofAuto());
        for (int i = 0; i < values.length; i++) {
            tensor.setCodeAt(i, DType.I32.encodeLong(values[i]));
        }
        return tensor;
    }

    /// Atoms on a line at 0, 1, 3 and 3.5, cutoff 2.
    private static Example line() {
        return new Example(new NeighbourList())
                .input("positions", DType.F32, Shape.of(4, 3), 0, 0, 0, 1, 0, 0, 3, 0, 0, 3.5, 0, 0)
                .attribute("cutoff", 2.0)
                .attribute("max_neighbours", 2);
    }

    private static boolean accepted(Example example, Tensor lists, Tensor counts) {
        boolean all = true;
        for (int output = 0; output < 2; output++) {
            Answer answer = Answer.given(example.oracle(ComputeContract.STRICT), output, lists, counts);
            Tensor got = output == 0 ? lists : counts;
            for (int i = 0; i < answer.size(); i++) {
                all &= answer.accepts(i, got.get(i), DType.I32);
            }
        }
        return all;
    }

    @Test
    void listsAreSets() {
        Shape shape = Shape.of(4, 2);
        Tensor counts = whole(Shape.of(4), 1, 1, 1, 1);
        Tensor lists = whole(shape, 1, -1, 0, -1, 3, -1, 2, -1);
        assertTrue(accepted(line(), lists, counts), "3 - 1 is the cutoff, and does not count");
        assertFalse(accepted(line(), whole(shape, 1, -1, 0, 2, 3, -1, 2, -1), counts), "the cutoff counts");
        assertFalse(accepted(line(), whole(shape, 1, 0, 0, -1, 3, -1, 2, -1), counts), "an atom itself");
        assertFalse(accepted(line(), whole(shape, -1, 1, 0, -1, 3, -1, 2, -1), counts), "a gap");
        assertFalse(accepted(line(), whole(shape, 1, 1, 0, -1, 3, -1, 2, -1), counts), "twice");
        assertFalse(accepted(line(), lists, whole(Shape.of(4), 1, 1, 1, 2)), "a wrong count");
    }

    @Test
    void roundingsMayDecideAtTheCutoff() {
        double near = Math.nextUp(1.1f);
        Example example = new Example(new NeighbourList())
                .input("positions", DType.F32, Shape.of(2, 3), 0, 0, 0, near, 0, 0)
                .attribute("cutoff", 1.1)
                .attribute("max_neighbours", 1);
        for (long listed = 0; listed < 2; listed++) {
            Tensor lists = whole(Shape.of(2, 1), listed == 1 ? 1 : -1, listed == 1 ? 0 : -1);
            assertTrue(accepted(example, lists, whole(Shape.of(2), listed, listed)), "listed " + listed);
        }
        example.input("positions", DType.F32, Shape.of(2, 3), 0, 0, 0, 1.1001, 0, 0);
        assertFalse(accepted(example, whole(Shape.of(2, 1), 1, 0), whole(Shape.of(2), 1, 1)), "outside the band");
    }

    @Test
    void imagesAreNeighboursAndFullListsAreOpen() {
        Example example = line().input("box", DType.F32, Shape.of(3), 4, 4, 4);
        // 0 and 3 are at a distance of 1, 0 and 3.5 of 0.5, 1 and 3.5 of 1.5; 0 has three neighbours, one too many.
        Answer lists =
                Answer.given(example.oracle(ComputeContract.STRICT), 0, whole(Shape.of(4, 2)), whole(Shape.of(4)));
        assertTrue(lists.isOpen(0));
        assertThrows(
                InvalidCallException.class,
                () -> line().input("box", DType.F32, Shape.of(3), 3, 4, 4).answer(0));
    }

    /// Two charges in a box of edge 2π, so that the wave (1,0,0) is 1; its opposite counts too.
    private static Example charges(boolean batch) {
        double edge = 2 * Math.PI;
        return new Example(batch ? new RandomBatchEwald() : new EwaldReciprocal())
                .input("positions", DType.F64, Shape.of(2, 3), 0, 0, 0, Math.PI / 2, 0, 0)
                .input("charges", DType.F64, Shape.of(2), 1, -2)
                .input("box", DType.F64, Shape.of(3), edge, edge, edge)
                .input("k", whole(Shape.of(2, 3), 1, 0, 0, -1, 0, 0));
    }

    @Test
    void wavesActOnCharges() {
        double volume = 8 * Math.PI * Math.PI * Math.PI;
        // ρ(k) = 1 - 2i, |ρ|² = 5; Im ρ = -2, and for the opposite wave 2.
        Answer energy = charges(false).answer(0);
        assertEquals(2 * 2 * Math.PI / volume * Math.exp(-0.25) * 5, energy.value(0), 1e-12);
        Answer forces = charges(false).answer(1);
        double force = 2 * 4 * Math.PI / volume * 2 * Math.exp(-0.25);
        assertEquals(force, forces.value(0), 1e-12);
        assertEquals(-force, forces.value(3), 1e-12);
        assertEquals(0, forces.value(1), 1e-12);
        assertFalse(forces.accepts(0, -force, DType.F64), "the sign");
        Answer batch = charges(true).attribute("weight_sum", 6.0).answer(0);
        double drawn = 3 * 2 * 4 * Math.PI / volume * 2;
        assertEquals(drawn, batch.value(0), 1e-12);
        assertFalse(batch.accepts(0, 2 * drawn, DType.F64), "not averaged");
        assertFalse(batch.accepts(0, drawn * Math.exp(-0.25), DType.F64), "weighted again");
    }

    @Test
    void wavesInF32PassAndLostAtomsDoNot() {
        int n = 27;
        int p = 20;
        Example example = new Example(new RandomBatchEwald())
                .input("positions", TensorSpec.of(DType.F32, n, 3))
                .input("charges", TensorSpec.of(DType.F32, n))
                .input("box", TensorSpec.of(DType.F32, 3))
                .input("k", TensorSpec.of(DType.I32, p, 3))
                .fill("normal", 6);
        Answer answer = example.answer(0);
        double[] x = example.values("positions");
        double[] q = example.values("charges");
        float edge = (float) example.values("box")[0];
        for (int lost = 0; lost < 2; lost++) {
            float[] forces = new float[3 * n];
            for (int l = 0; l < p; l++) {
                float[] k = new float[3];
                float square = 0;
                for (int axis = 0; axis < 3; axis++) {
                    k[axis] = (float) (2 * Math.PI * example.values("k")[3 * l + axis] / edge);
                    square += k[axis] * k[axis];
                }
                float[] phases = new float[n];
                float real = 0;
                float imaginary = 0;
                for (int j = 0; j < n; j++) {
                    for (int axis = 0; axis < 3; axis++) {
                        phases[j] += k[axis] * (float) x[3 * j + axis];
                    }
                    boolean counts = j < n - lost;
                    real += counts ? (float) q[j] * (float) Math.cos(phases[j]) : 0;
                    imaginary += counts ? (float) q[j] * (float) Math.sin(phases[j]) : 0;
                }
                float factor = 4 * (float) Math.PI / (edge * edge * edge) / square / p;
                for (int j = 0; j < n; j++) {
                    float felt = imaginary * (float) Math.cos(phases[j]) - real * (float) Math.sin(phases[j]);
                    for (int axis = 0; axis < 3; axis++) {
                        forces[3 * j + axis] -= factor * (float) q[j] * felt * k[axis];
                    }
                }
            }
            long wrong = IntStream.range(0, 3 * n)
                    .filter(i -> !answer.accepts(i, forces[i], DType.F32))
                    .count();
            assertTrue(lost == 0 ? wrong == 0 : wrong > n, lost + ": " + wrong);
        }
    }

    @Test
    void waveZeroIsRefused() {
        assertThrows(
                InvalidCallException.class,
                () -> charges(false).input("k", whole(Shape.of(1, 3), 0, 0, 0)).answer(0));
        assertThrows(
                InvalidCallException.class,
                () -> charges(true).attribute("weight_sum", 0.0).call());
    }
}
