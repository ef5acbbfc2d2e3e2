package dev.assay.operator.science;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.numerics.DoubleDouble;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Operators of models of atoms, against values worked out by hand, laws that hold of them, and wrong
/// kernels.
class ParticlesTest {
    private static long refused(Answer answer, double[] got) {
        return IntStream.range(0, got.length)
                .filter(i -> !answer.accepts(i, got[i], DType.F32))
                .count();
    }

    @Test
    void besselFunctionsEndAtTheCutoff() {
        Example example = new Example(new RadialBasis())
                .input("r", DType.F64, Shape.of(3), 1, 2, 2.5)
                .attribute("cutoff", 2.0)
                .attribute("num_basis", 2)
                .attribute("p", 2);
        Answer answer = example.answer(0);
        // f(1/2) = 1 - 6/4 + 8/8 - 3/16 = 5/16; sqrt(2/2) sin(π/2) / 1 = 1, sin(π) = 0
        assertEquals(5 / 16.0, answer.value(0), 1e-15);
        assertEquals(0, answer.value(1), 1e-15);
        assertEquals(0, answer.value(2), 1e-15);
        assertTrue(answer.isExact(4), "beyond the cutoff");
        assertFalse(answer.accepts(0, 1, DType.F64), "no envelope");
    }

    @Test
    void besselFunctionsInF32PassAndWrongOnesDoNot() {
        int n = 200;
        Example example = new Example(new RadialBasis())
                .input("r", TensorSpec.of(DType.F32, n))
                .fill("normal", 3);
        Answer answer = example.answer(0);
        double[] r = example.values("r");
        for (String way : new String[] {"pow", "products", "p", "squared cutoff"}) {
            double[] got = new double[n * 8];
            for (int i = 0; i < got.length; i++) {
                float x = (float) r[i / 8] / 5;
                float k = i % 8 + 1;
                float wave = (float) Math.sqrt(0.4) * (float) Math.sin(k * (float) (Math.PI / 5) * (float) r[i / 8]);
                int p = way.equals("p") ? 5 : 6;
                float power = way.equals("pow") ? (float) Math.pow(x, p) : x;
                for (int t = 1; t < p && !way.equals("pow"); t++) {
                    power *= x;
                }
                float envelope =
                        1 - (p + 1) * (p + 2) / 2f * power + p * (p + 2) * power * x - p * (p + 1) / 2f * power * x * x;
                boolean inside = way.equals("squared cutoff") ? r[i / 8] * r[i / 8] < 5 : x < 1;
                got[i] = inside ? wave / (float) r[i / 8] * envelope : 0;
            }
            long wrong = refused(answer, got);
            boolean right = way.equals("pow") || way.equals("products");
            assertTrue(right ? wrong == 0 : wrong > 100, way + ": " + wrong);
        }
    }

    @Test
    void gaussiansStandAtEqualDistances() {
        Example example = new Example(new RadialBasis())
                .input("r", DType.F64, Shape.of(1), 1)
                .attribute("basis", "gaussian")
                .attribute("cutoff", 4.0)
                .attribute("num_basis", 3);
        Answer answer = example.answer(0);
        assertEquals(Math.exp(-0.125), answer.value(0), 1e-15);
        assertEquals(Math.exp(-0.125), answer.value(1), 1e-15);
        assertEquals(Math.exp(-9 / 8.0), answer.value(2), 1e-15);
        assertFalse(answer.accepts(0, Math.exp(-0.25), DType.F64), "without the half");
    }

    private static double[] harmonics(String normalization, double... v) {
        Answer answer = new Example(new SphericalHarmonics())
                .input("vectors", DType.F64, Shape.of(1, 3), v)
                .attribute("lmax", 3)
                .attribute("normalization", normalization)
                .answer(0);
        return answer.values();
    }

    @Test
    void harmonicsHaveTheirNorms() {
        for (String normalization : new String[] {"norm", "component", "integral"}) {
            double[] y = harmonics(normalization, 0.3, -1.2, 0.7);
            for (int l = 0; l <= 3; l++) {
                double sum = 0;
                for (int m = 0; m < 2 * l + 1; m++) {
                    sum += y[l * l + m] * y[l * l + m];
                }
                double want = normalization.equals("norm") ? 1 : 2 * l + 1;
                assertEquals(normalization.equals("integral") ? want / (4 * Math.PI) : want, sum, 1e-12);
            }
        }
        double[] y = harmonics("norm", 0, 2, 0);
        assertEquals(1, y[2]);
        assertEquals(1, y[6], 1e-15);
        assertEquals(1, y[12], 1e-15);
        assertEquals(Math.sqrt(3) / 2, harmonics("norm", 1, 0, 1)[4], 1e-15);
    }

    /// Legendre's polynomial of the angle, which any rotation leaves.
    @Test
    void harmonicsAddUpToLegendrePolynomials() {
        double[] a = {0.6, 0, 0.8};
        double[] b = {0, 0.28, 0.96};
        double t = 0.8 * 0.96;
        double[] legendre = {1, t, (3 * t * t - 1) / 2, (5 * t * t * t - 3 * t) / 2};
        double[] ya = harmonics("norm", a);
        double[] yb = harmonics("norm", b);
        for (int l = 0; l <= 3; l++) {
            double sum = 0;
            for (int m = l * l; m < (l + 1) * (l + 1); m++) {
                sum += ya[m] * yb[m];
            }
            assertEquals(legendre[l], sum, 1e-12, "degree " + l);
        }
    }

    @Test
    void harmonicsWithoutTheirFactorAreRefused() {
        Example example = new Example(new SphericalHarmonics())
                .input("vectors", TensorSpec.of(DType.F32, 10, 3))
                .attribute("normalization", "component")
                .fill("normal", 4);
        double[] norm = new Example(new SphericalHarmonics())
                .input("vectors", example.tensor("vectors"))
                .attribute("normalization", "norm")
                .answer(0)
                .values();
        assertTrue(refused(example.answer(0), norm) >= 80);
    }

    private static Tensor whole(Shape shape, long... values) {
        Tensor tensor = Tensor.allocate(TensorSpec.dense(DType.I32, shape), Arena.ofAuto());
        for (int i = 0; i < values.length; i++) {
            tensor.setCodeAt(i, DType.I32.encodeLong(values[i]));
        }
        return tensor;
    }

    private static Example pair(double distance) {
        return new Example(new LennardJones())
                .input("positions", DType.F64, Shape.of(2, 3), 0, 0, 0, distance, 0, 0)
                .input("neighbours", whole(Shape.of(2, 1), 1, 0))
                .output("virial");
    }

    @Test
    void atomsRepelAndAttract() {
        // At 1 the energy is 0 and the force 24; each atom has half of the energy.
        Answer forces = pair(1).answer(1);
        assertEquals(0, pair(1).answer(0).value(0));
        assertEquals(-24, forces.value(0));
        assertEquals(24, forces.value(3));
        assertEquals(12, pair(1).answer(2).value(0));
        assertFalse(forces.accepts(0, 24, DType.F64), "the sign of the force");
        double six = 1 / 64.0;
        assertEquals(2 * (six * six - six), pair(2).answer(0).value(0), 1e-15);
        assertFalse(pair(2).answer(0).accepts(0, 4 * (six * six - six), DType.F64), "counted twice");
        assertEquals(0, pair(2.6).answer(0).value(0));
        assertTrue(pair(2.6).answer(0).isExact(0), "beyond the cutoff");
    }

    @Test
    void theNearestImageCounts() {
        Example example =
                pair(5.5).input("box", DType.F64, Shape.of(3), 6.5, 6.5, 6.5).attribute("shift", 1);
        // The image is at -1, and pushes to the right.
        assertEquals(24, example.answer(1).value(0));
        double ends = Math.pow(2.5, -6);
        assertEquals(-2 * (ends * ends - ends), example.answer(0).value(0), 1e-15);
        assertThrows(
                InvalidCallException.class,
                () -> pair(1).input("box", DType.F64, Shape.of(3), 4, 9, 9).answer(0));
        assertThrows(
                InvalidCallException.class,
                () -> pair(1).input("neighbours", whole(Shape.of(2, 1), 0, 0)).answer(0));
    }

    @Test
    void fluidsInF32PassAndWrongOnesDoNot() {
        int n = 64;
        int k = 60;
        Example example = new Example(new LennardJones())
                .input("positions", TensorSpec.of(DType.F32, n, 3))
                .input("neighbours", TensorSpec.of(DType.I32, n, k))
                .input("box", TensorSpec.of(DType.F32, 3))
                .fill("normal", 8);
        Answer energy = example.answer(0);
        Answer forces = example.answer(1);
        double[] x = example.values("positions");
        double[] list = example.values("neighbours");
        float box = (float) example.values("box")[0];
        assertTrue(Arrays.stream(list).filter(j -> j >= 0).count() > 20L * n, "neighbours");
        for (String way : new String[] {"plain", "descending", "no image", "cutoff", "self"}) {
            double[] e = new double[n];
            double[] f = new double[3 * n];
            for (int i = 0; i < n; i++) {
                float sum = 0;
                float[] force = new float[3];
                for (int s = 0; s < k; s++) {
                    int j = (int) list[i * k + (way.equals("descending") ? k - 1 - s : s)];
                    if (j < 0) {
                        continue;
                    }
                    float[] d = new float[3];
                    float square = 0;
                    for (int axis = 0; axis < 3; axis++) {
                        d[axis] = (float) x[3 * i + axis] - (float) x[3 * j + axis];
                        d[axis] -= way.equals("no image") ? 0 : box * (float) Math.rint(d[axis] / box);
                        square += d[axis] * d[axis];
                    }
                    if (square < (way.equals("cutoff") ? 2.5f : 6.25f)) {
                        float six = 1 / (square * square * square);
                        sum += 4 * (six * six - six);
                        for (int axis = 0; axis < 3; axis++) {
                            force[axis] += 24 * (2 * six * six - six) / square * d[axis];
                        }
                    }
                }
                e[i] = sum / 2 + (way.equals("self") ? 1e-3 : 0);
                for (int axis = 0; axis < 3; axis++) {
                    f[3 * i + axis] = force[axis];
                }
            }
            boolean right = way.equals("plain") || way.equals("descending");
            long energies = refused(energy, e);
            long components = refused(forces, f);
            assertTrue(right ? energies == 0 : energies > n / 2, way + ": " + energies);
            assertTrue(right ? components == 0 : way.equals("self") || components > n, way + ": " + components);
        }
    }

    private static double[][][] block(int l1, int l2, int l3) {
        return Arrays.stream(ClebschGordan.block(l1, l2, l3))
                .map(plane -> Arrays.stream(plane)
                        .map(line -> Arrays.stream(line)
                                .mapToDouble(DoubleDouble::hi)
                                .toArray())
                        .toArray(double[][]::new))
                .toArray(double[][][]::new);
    }

    @Test
    void couplingsAreOrthogonal() {
        for (int l1 = 0; l1 <= 3; l1++) {
            for (int l2 = 0; l2 <= 3; l2++) {
                for (int l3 = Math.abs(l1 - l2); l3 <= Math.min(3, l1 + l2); l3++) {
                    double[][][] c = block(l1, l2, l3);
                    for (int a = 0; a <= 2 * l3; a++) {
                        for (int b = 0; b <= 2 * l3; b++) {
                            double sum = 0;
                            for (double[][] plane : c) {
                                for (double[] line : plane) {
                                    sum += line[a] * line[b];
                                }
                            }
                            assertEquals(a == b ? 1 : 0, sum, 1e-14, l1 + " " + l2 + " " + l3);
                        }
                    }
                }
            }
        }
    }

    @Test
    void knownCouplings() {
        // <1 0 1 0 | 2 0> = sqrt(2/3), <1 1 1 -1 | 0 0> = 1/sqrt(3), <1 1 1 0 | 1 1> = 1/sqrt(2)
        assertEquals(Math.sqrt(2.0 / 3), ClebschGordan.complex(1, 0, 1, 0, 2, 0).hi(), 1e-15);
        assertEquals(1 / Math.sqrt(3), ClebschGordan.complex(1, 1, 1, -1, 0, 0).hi(), 1e-15);
        assertEquals(Math.sqrt(0.5), ClebschGordan.complex(1, 1, 1, 0, 1, 1).hi(), 1e-15);
        // Two vectors make their scalar product over sqrt(3), and their cross product over sqrt(2).
        double[][][] scalar = block(1, 1, 0);
        double[][][] cross = block(1, 1, 1);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                assertEquals(i == j ? scalar[0][0][0] : 0, scalar[i][j][0], 1e-15);
                for (int m = 0; m < 3; m++) {
                    int sign = i == j || j == m || i == m ? 0 : (j - i + 3) % 3 == 1 ? 1 : -1;
                    assertEquals(sign * cross[0][1][2], cross[i][j][m], 1e-15);
                }
            }
        }
        assertEquals(1 / Math.sqrt(3), Math.abs(scalar[0][0][0]), 1e-15);
        assertEquals(Math.sqrt(0.5), Math.abs(cross[0][1][2]), 1e-15);
    }

    /// Harmonics of one direction couple to harmonics of that direction, in all of them by the same
    /// factor, wherever it points: which holds only of blocks that rotate with their vectors.
    @Test
    void couplingsRotateWithTheirVectors() {
        double[][] directions = {{0.6, 0, 0.8}, {-0.48, 0.6, 0.64}, {0.36, -0.48, -0.8}};
        for (int l1 = 0; l1 <= 3; l1++) {
            for (int l2 = 0; l2 <= 3; l2++) {
                for (int l3 = Math.abs(l1 - l2); l3 <= Math.min(3, l1 + l2); l3++) {
                    double[][][] c = block(l1, l2, l3);
                    double factor = Double.NaN;
                    for (double[] direction : directions) {
                        double[] y = harmonics("norm", direction);
                        double[] coupled = new double[2 * l3 + 1];
                        double along = 0;
                        double square = 0;
                        for (int m = 0; m <= 2 * l3; m++) {
                            for (int a = 0; a <= 2 * l1; a++) {
                                for (int b = 0; b <= 2 * l2; b++) {
                                    coupled[m] += c[a][b][m] * y[l1 * l1 + a] * y[l2 * l2 + b];
                                }
                            }
                            along += coupled[m] * y[l3 * l3 + m];
                            square += coupled[m] * coupled[m];
                        }
                        String path = l1 + " " + l2 + " " + l3;
                        assertEquals(square, along * along, 1e-12, path);
                        assertEquals(Double.isNaN(factor) ? along : factor, along, 1e-12, path);
                        factor = along;
                    }
                    assertEquals((l1 + l2 + l3) % 2 == 0, Math.abs(factor) > 1e-3, "parity");
                }
            }
        }
    }

    private static Example product() {
        return new Example(new TensorProduct())
                .input("x", DType.F32, Shape.of(1, 1, 4), 2, 1, 2, 3)
                .input("y", DType.F32, Shape.of(1, 4), 3, 4, 5, 6)
                .input("weights", DType.F32, Shape.of(1, 5, 1), 1, 10, 100, 1000, 10000)
                .attribute("lmax_in", 1)
                .attribute("lmax_edge", 1)
                .attribute("lmax_out", 1);
    }

    @Test
    void featuresMeetHarmonicsPathByPath() {
        // Paths: 000, 011, 101, 110, 111; two end in 0, three in 1.
        double s = Math.signum(block(1, 1, 0)[0][0][0]);
        double t = Math.signum(block(1, 1, 1)[0][1][2]);
        Answer answer = product().answer(0);
        double scalar = 6 + s * 1000 * (4 + 10 + 18) / Math.sqrt(3);
        assertEquals(scalar / Math.sqrt(2), answer.value(0), 1e-9);
        double x = 10 * 2 * 4 + 100 * 3 * 1 + t * 10000 * (2 * 6 - 3 * 5) / Math.sqrt(2);
        assertEquals(x / Math.sqrt(3), answer.value(1), 1e-9);
        assertFalse(answer.accepts(0, scalar, DType.F32), "paths are not normalised");
        double other = 10 * 2 * 4 + 100 * 3 * 1 - t * 10000 * (2 * 6 - 3 * 5) / Math.sqrt(2);
        assertFalse(answer.accepts(1, other / Math.sqrt(3), DType.F32), "the sign of a coefficient");
    }

    @Test
    void wrongCallsAreRefused() {
        assertThrows(
                InvalidCallException.class,
                () -> product().attribute("lmax_out", 2).call());
        assertThrows(
                InvalidCallException.class,
                () -> product().attribute("lmax_in", 4).call());
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new RadialBasis())
                        .input("r", DType.F32, Shape.of(1), 1)
                        .attribute("cutoff", 0.0)
                        .call());
        assertThrows(
                InvalidCallException.class,
                () -> new Example(new SphericalHarmonics())
                        .input("vectors", DType.F32, Shape.of(3), 1, 2, 3)
                        .call());
    }
}
