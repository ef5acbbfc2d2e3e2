package dev.assay.operator.science;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.attention.TriangleAttention;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Operators over pairs, against values worked out by hand, their text in f32, and wrong kernels.
class PairsTest {
    private static void assertValues(Answer answer, double tolerance, double... want) {
        assertEquals(want.length, answer.size());
        for (int i = 0; i < want.length; i++) {
            assertEquals(want[i], answer.value(i), tolerance, "element " + i);
        }
    }

    private static long refused(Answer answer, double[] got, DType type) {
        return IntStream.range(0, got.length)
                .filter(i -> !answer.accepts(i, type.round(got[i]), type))
                .count();
    }

    private static Example triangle(String direction) {
        return new Example(new TriangleMultiplication())
                .input("a", DType.F32, Shape.of(2, 2, 1), 1, 2, 3, 4)
                .input("b", DType.F32, Shape.of(2, 2, 1), 5, 6, 7, 8)
                .attribute("direction", direction);
    }

    @Test
    void edgesMeetAtTheirEnds() {
        assertValues(triangle("outgoing").answer(0), 0, 17, 23, 39, 53);
        assertValues(triangle("incoming").answer(0), 0, 26, 30, 38, 44);
        assertTrue(triangle("outgoing").answer(0).isExact(0), "whole numbers");
        assertFalse(triangle("outgoing").answer(0).accepts(1, 30, DType.F32), "incoming");
    }

    @Test
    void maskAndGatesMultiplyEdges() {
        Example example = triangle("outgoing")
                .input("mask", DType.F32, Shape.of(2, 2), 1, 0, 1, 1)
                .input("gate_a", DType.F32, Shape.of(2, 2, 1), 0, 0, 0, 0);
        assertValues(example.answer(0), 1e-12, 2.5, 3.5, 7.5, 26.5);
        assertFalse(example.answer(0).accepts(0, 8.5, DType.F32), "the mask is not applied");
        assertFalse(example.answer(0).accepts(0, 5, DType.F32), "the gate is not applied");
    }

    private static Example gated(DType type, int n, int c) {
        return new Example(new TriangleMultiplication())
                .input("a", TensorSpec.of(type, n, n, c))
                .input("b", TensorSpec.of(type, n, n, c))
                .input("mask", TensorSpec.of(type, n, n))
                .input("gate_a", TensorSpec.of(type, n, n, c))
                .input("gate_b", TensorSpec.of(type, n, n, c))
                .fill("normal", 5);
    }

    private static float sigmoid(double x, boolean tanh) {
        return tanh ? 0.5f * (1 + (float) Math.tanh((float) x / 2)) : 1 / (1 + (float) Math.exp(-x));
    }

    private static double[] inF32(Example example, int n, int c, String way) {
        double[] a = example.values("a");
        double[] b = example.values("b");
        double[] mask = example.values("mask");
        boolean tanh = way.equals("tanh");
        double[] out = new double[n * n * c];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                for (int ch = 0; ch < c; ch++) {
                    float sum = 0;
                    for (int s = 0; s < n; s++) {
                        int k = way.equals("descending") ? n - 1 - s : s;
                        boolean incoming = way.equals("incoming");
                        int left = incoming ? k * n + i : i * n + k;
                        int right = incoming ? k * n + j : j * n + k;
                        float x = (float) a[left * c + ch] * sigmoid(example.values("gate_a")[left * c + ch], tanh);
                        float y = (float) b[right * c + ch] * sigmoid(example.values("gate_b")[right * c + ch], tanh);
                        x *= way.equals("mask once") ? 1 : (float) mask[left];
                        y *= (float) mask[right];
                        sum += x * y;
                        sum = way.equals("bf16 sums") ? (float) DType.BF16.round(sum) : sum;
                    }
                    out[(i * n + j) * c + ch] = sum;
                }
            }
        }
        return out;
    }

    @Test
    void trianglesInF32PassInAnyOrderAndWrongOnesDoNot() {
        for (DType type : new DType[] {DType.F32, DType.BF16}) {
            Example example = gated(type, 17, 3);
            Answer answer = example.answer(0);
            for (String way : new String[] {"ascending", "descending", "tanh"}) {
                assertEquals(0, refused(answer, inF32(example, 17, 3, way), type), way);
            }
            for (String way : new String[] {"incoming", "mask once"}) {
                assertTrue(refused(answer, inF32(example, 17, 3, way), type) > 200, way);
            }
            assertTrue(refused(answer, inF32(example, 17, 3, "bf16 sums"), type) > 100, "bf16 sums");
        }
    }

    private static Example means() {
        return new Example(new OuterProductMean())
                .input("a", DType.F32, Shape.of(2, 2, 1), 1, 2, 3, 4)
                .input("b", DType.F32, Shape.of(2, 2, 2), 1, 10, 2, 20, 3, 30, 4, 40)
                .attribute("epsilon", 0);
    }

    @Test
    void outerProductsAreAveraged() {
        assertValues(means().answer(0), 0, 5, 50, 7, 70, 7, 70, 10, 100);
        Example masked = means().input("mask", DType.F32, Shape.of(2, 2), 1, 1, 0, 1);
        assertValues(masked.answer(0), 0, 1, 10, 2, 20, 2, 20, 10, 100);
        assertFalse(masked.answer(0).accepts(0, 0.5, DType.F32), "mean over all sequences");
        assertFalse(masked.answer(0).accepts(0, 5, DType.F32), "the mask is not applied");
        assertValues(masked.attribute("epsilon", 1).answer(0), 1e-12, .5, 5, 1, 10, 1, 10, 20.0 / 3, 200.0 / 3);
    }

    @Test
    void meansInF32PassAndLostSequencesDoNot() {
        int s = 37;
        Example example = new Example(new OuterProductMean())
                .input("a", TensorSpec.of(DType.F32, s, 5, 3))
                .input("b", TensorSpec.of(DType.F32, s, 5, 4))
                .input("mask", TensorSpec.of(DType.F32, s, 5))
                .fill("normal", 3);
        Answer answer = example.answer(0);
        double[] a = example.values("a");
        double[] b = example.values("b");
        double[] m = example.values("mask");
        for (int lost = 0; lost < 2; lost++) {
            double[] got = new double[answer.size()];
            for (int e = 0; e < got.length; e++) {
                int d = e % 4;
                int c = e / 4 % 3;
                int j = e / 12 % 5;
                int i = e / 60;
                float sum = 0;
                float norm = 1e-3f;
                for (int t = lost; t < s; t++) {
                    float both = (float) (m[t * 5 + i] * m[t * 5 + j]);
                    sum += (float) a[(t * 5 + i) * 3 + c] * (float) b[(t * 5 + j) * 4 + d] * both;
                    norm += both;
                }
                got[e] = sum * (1 / norm);
            }
            long wrong = refused(answer, got, DType.F32);
            assertTrue(lost == 0 ? wrong == 0 : wrong > 50, lost + ": " + wrong);
        }
    }

    @Test
    void distancesAreRoots() {
        Example example = new Example(new PairwiseDistance())
                .input("x1", DType.F32, Shape.of(2, 2), 0, 0, 1, 1)
                .input("x2", DType.F32, Shape.of(2, 2), 3, 4, 1, 1);
        assertValues(example.answer(0), 1e-15, 5, Math.sqrt(2), Math.sqrt(13), 0);
        assertFalse(example.answer(0).accepts(0, 25, DType.F32), "the square");
        assertFalse(example.answer(0).accepts(3, 1e-4, DType.F32), "equal points");
    }

    /// Points far from the origin and near each other.
    @Test
    void productsAreAnotherClassOfAccuracy() {
        int n = 30;
        int k = 8;
        Example direct = new Example(new PairwiseDistance())
                .input("x1", TensorSpec.of(DType.F32, n, k))
                .input("x2", TensorSpec.of(DType.F32, n, k))
                .fill("large-mean(100)", 9);
        double[] byDifferences = new double[n * n];
        double[] byProducts = new double[n * n];
        double[] x = direct.values("x1");
        double[] y = direct.values("x2");
        for (int e = 0; e < n * n; e++) {
            float square = 0;
            float xx = 0;
            float yy = 0;
            float xy = 0;
            for (int i = 0; i < k; i++) {
                float a = (float) x[e / n * k + i];
                float b = (float) y[e % n * k + i];
                square += (a - b) * (a - b);
                xx += a * a;
                yy += b * b;
                xy += a * b;
            }
            byDifferences[e] = (float) Math.sqrt(square);
            byProducts[e] = (float) Math.sqrt(Math.max(0, xx + yy - 2 * xy));
        }
        assertEquals(0, refused(direct.answer(0), byDifferences, DType.F32));
        assertTrue(refused(direct.answer(0), byProducts, DType.F32) > n * n / 2);
        Example allowed = direct.attribute("compute_mode", "use_mm_for_euclid_dist_if_necessary");
        assertEquals(0, refused(allowed.answer(0), byProducts, DType.F32));
        assertEquals(0, refused(allowed.answer(0), byDifferences, DType.F32));
        double[] missing = byProducts.clone();
        missing[7] *= 1.1;
        assertEquals(1, refused(allowed.answer(0), missing, DType.F32));
    }

    private static Example attention(String node) {
        Arena arena = Arena.ofAuto();
        return new Example(new TriangleAttention())
                .input("q", DType.F32, Shape.of(2, 2, 1, 1), 0, 0, 0, 0)
                .input("k", DType.F32, Shape.of(2, 2, 1, 1), 1, 2, 3, 4)
                .input("v", DType.F32, Shape.of(2, 2, 1, 1), 10, 20, 30, 40)
                .input("bias", DType.F32, Shape.of(2, 2, 1), 0, Math.log(3), Math.log(4), 0)
                .input("mask", Tensor.of(arena, DType.BOOL, Shape.of(2, 2), 1, 1, 1, 1))
                .attribute("node", node);
    }

    @Test
    void edgesAttendToThoseOfTheirNode() {
        // starting: weights of out[i,j] over v[i,0], v[i,1] go as exp(bias[j,k]) = 1:3 for j = 0, 4:1 for j = 1
        assertValues(attention("starting").answer(0), 1e-5, 17.5, 12, 37.5, 32);
        // ending: out[i,j] over v[0,j], v[1,j] go as exp(bias[k,i]) = 1:4 for i = 0, 3:1 for i = 1
        assertValues(attention("ending").answer(0), 1e-5, 26, 36, 15, 25);
        assertFalse(attention("starting").answer(0).accepts(1, 36, DType.F32));
    }

    @Test
    void maskedEdgesWeighNothing() {
        Example example =
                attention("starting").input("mask", Tensor.of(Arena.ofAuto(), DType.BOOL, Shape.of(2, 2), 1, 0, 0, 0));
        assertValues(example.answer(0), 0, 10, 10, 0, 0);
    }

    @Test
    void wrongCallsAreRefused() {
        assertThrows(InvalidCallException.class, () -> triangle("sideways").call());
        assertThrows(
                InvalidCallException.class,
                () -> triangle("outgoing")
                        .input("mask", DType.F32, Shape.of(4), 1, 0, 1, 1)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> means().attribute("epsilon", -1.0).call());
        assertThrows(InvalidCallException.class, () -> attention("middle").call());
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new PairwiseDistance())
                        .input("x1", DType.F32, Shape.of(1, 2), 0, 0)
                        .input("x2", DType.F32, Shape.of(2, 1), 0, 0)
                        .call());
    }
}
