package dev.assay.baselines.simulated;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.assay.baselines.kernels.Arithmetic;
import dev.assay.baselines.kernels.ForwardingArithmetic;
import dev.assay.numerics.Matrix;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorUnitsTest {
    private static double[][] random(int lines, int length, SplittableRandom random) {
        double[][] all = new double[lines][length];
        for (double[] line : all) {
            for (int i = 0; i < length; i++) {
                line[i] = (float) (random.nextGaussian() * Math.scalb(1.0, random.nextInt(-9, 9)));
            }
        }
        return all;
    }

    private static double[] flat(double[][] lines, int length) {
        double[] all = new double[lines.length * length];
        for (int i = 0; i < lines.length; i++) {
            System.arraycopy(lines[i], 0, all, i * length, length);
        }
        return all;
    }

    /// A sum may not depend on how many others are taken beside it.
    @ParameterizedTest
    @ValueSource(strings = {"chained", "lanes-1", "lanes-5", "lanes-8", "lanes-32"})
    void sumsOfAMatrixHaveTheBitsOfEachAlone(String name) {
        Arithmetic arithmetic = VectorUnits.summing(Arithmetic.F32, Summations.named(name, "here"));
        SplittableRandom random = new SplittableRandom(20261129);
        for (int rows : new int[] {1, 5, 13}) {
            for (int columns : new int[] {1, 7, 33, 150}) {
                for (int depth : new int[] {1, 2, 80, 385, 800}) {
                    double[][] left = random(rows, depth, random);
                    double[][] right = random(columns, depth, random);
                    double[] want = new double[rows * columns];
                    for (int n = 0; n < want.length; n++) {
                        want[n] = arithmetic.dot(left[n / columns], right[n % columns], depth);
                    }
                    Matrix a = Matrix.of(flat(left, depth), 0, depth);
                    Matrix b = Matrix.of(flat(right, depth), 0, depth).transposed();
                    double[] got =
                            arithmetic.matrixProduct(a, b, rows, columns, depth).orElseThrow();
                    assertArrayEquals(want, got, rows + "x" + columns + "x" + depth);
                }
            }
        }
    }

    /// What changes a single sum would be gone past.
    @Test
    void otherSumsAreTakenOneByOne() {
        Matrix one = Matrix.of(new double[] {1}, 0, 1);
        Arithmetic pairs = VectorUnits.summing(Arithmetic.F32, Summations.PAIRWISE);
        assertEquals(Optional.empty(), pairs.matrixProduct(one, one, 1, 1, 1));
        Arithmetic changed = new ForwardingArithmetic(VectorUnits.summing(Arithmetic.F32, Summations.CHAINED)) {};
        assertEquals(Optional.empty(), changed.matrixProduct(one, one, 1, 1, 1));
    }
}
