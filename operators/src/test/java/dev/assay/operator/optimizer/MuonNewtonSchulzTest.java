package dev.assay.operator.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.numerics.RuleConstants;
import dev.assay.operator.Answer;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MuonNewtonSchulzTest {
    private static final double[] MUON = {3.4445, -4.7750, 2.0315};
    private static final double[] CONVERGING = {1.875, -1.25, 0.375};

    private static Example example(int rows, int columns, String compute) {
        return new Example(new MuonNewtonSchulz())
                .input("G", TensorSpec.of(DType.F32, rows, columns))
                .attribute("compute", compute)
                .fill("normal", 7);
    }

    /// The recurrence as a device has it, with sums in f32 from this end or that.
    private static double[] device(
            Example example,
            int rows,
            int columns,
            int steps,
            double[] p,
            DoubleUnaryOperator kept,
            boolean backwards) {
        double[] g = example.values("G");
        boolean turned = rows > columns;
        int m = Math.min(rows, columns);
        int n = Math.max(rows, columns);
        double[][] x = new double[m][n];
        float square = 0;
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                x[i][j] = kept.applyAsDouble(turned ? g[j * m + i] : g[i * n + j]);
                square += (float) (x[i][j] * x[i][j]);
            }
        }
        double norm = kept.applyAsDouble(kept.applyAsDouble(Math.sqrt(square)) + 1e-7);
        for (double[] row : x) {
            for (int j = 0; j < n; j++) {
                row[j] = kept.applyAsDouble(row[j] / norm);
            }
        }
        for (int step = 0; step < steps; step++) {
            double[][] gram = product(x, transposed(x), kept, backwards);
            double[][] factor = sum(p[1], gram, p[2], product(gram, gram, kept, backwards), kept);
            x = sum(p[0], x, 1, product(factor, x, kept, backwards), kept);
        }
        double[] result = new double[m * n];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                result[turned ? j * m + i : i * n + j] = x[i][j];
            }
        }
        return result;
    }

    private static double[][] transposed(double[][] x) {
        double[][] other = new double[x[0].length][x.length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < other.length; j++) {
                other[j][i] = x[i][j];
            }
        }
        return other;
    }

    private static double[][] product(double[][] x, double[][] y, DoubleUnaryOperator kept, boolean backwards) {
        double[][] product = new double[x.length][y[0].length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < y[0].length; j++) {
                float sum = 0;
                for (int k = 0; k < y.length; k++) {
                    int at = backwards ? y.length - 1 - k : k;
                    sum += (float) x[i][at] * (float) y[at][j];
                }
                product[i][j] = kept.applyAsDouble(sum);
            }
        }
        return product;
    }

    private static double[][] sum(double one, double[][] x, double other, double[][] y, DoubleUnaryOperator kept) {
        double[][] sum = new double[x.length][x[0].length];
        for (int i = 0; i < x.length; i++) {
            for (int j = 0; j < x[0].length; j++) {
                sum[i][j] = kept.applyAsDouble(
                        kept.applyAsDouble((float) one * x[i][j]) + kept.applyAsDouble((float) other * y[i][j]));
            }
        }
        return sum;
    }

    private static int refused(Answer answer, double[] got) {
        int refused = 0;
        for (int i = 0; i < got.length; i++) {
            refused += answer.accepts(i, (float) got[i], DType.F32) ? 0 : 1;
        }
        return refused;
    }

    /// Root of the mean square of errors in units of the standard deviation that is allowed.
    private static double rms(Answer answer, double[] got) {
        double sum = 0;
        for (int i = 0; i < got.length; i++) {
            double z = Math.max(0, Math.abs(got[i] - answer.value(i)) - answer.deterministic(i)) / answer.sigma(i);
            sum += z * z;
        }
        return Math.sqrt(sum / got.length);
    }

    /// In bf16 single elements tell little; all of them together do.
    private static boolean isFound(Answer answer, double[] got) {
        return refused(answer, got) > 0 || rms(answer, got) > 1.5 * RuleConstants.rmsLimit();
    }

    private static DoubleUnaryOperator kept(String compute) {
        return compute.equals("bf16") ? DType.BF16::round : x -> (float) x;
    }

    @ParameterizedTest
    @CsvSource({"24, 57, f32", "40, 17, f32", "32, 32, f32", "24, 57, bf16", "40, 17, bf16", "32, 32, bf16"})
    void devicesAreAccepted(int rows, int columns, String compute) {
        Example example = example(rows, columns, compute);
        Answer answer = example.answer(0);
        for (boolean backwards : new boolean[] {false, true}) {
            double[] got = device(example, rows, columns, 5, MUON, kept(compute), backwards);
            assertEquals(0, refused(answer, got), "backwards " + backwards);
            double rms = rms(answer, got);
            assertTrue(rms < 1.3 && rms > 0.05, "rms " + rms);
        }
    }

    @ParameterizedTest
    @CsvSource({"24, 57, f32", "40, 17, f32", "24, 57, bf16", "40, 17, bf16"})
    void wrongStepsAreRefused(int rows, int columns, String compute) {
        Example example = example(rows, columns, compute);
        Answer answer = example.answer(0);
        DoubleUnaryOperator kept = kept(compute);
        assertTrue(isFound(answer, device(example, rows, columns, 4, MUON, kept, false)), "four steps");
        assertTrue(isFound(answer, device(example, rows, columns, 6, MUON, kept, false)), "six steps");
        assertTrue(isFound(answer, device(example, rows, columns, 5, CONVERGING, kept, false)), "other coefficients");
        double[] got = device(example, rows, columns, 5, MUON, kept, false);
        for (int j = 0; j < columns; j++) {
            double first = got[j];
            got[j] = got[columns + j];
            got[columns + j] = first;
        }
        assertTrue(isFound(answer, got), "two rows exchanged");
    }

    /// What is promised to be kept in f32 is not kept in bf16.
    @Test
    void narrowStepsAreRefusedWhereWideOnesArePromised() {
        Example example = example(24, 57, "f32");
        double[] narrow = device(example, 24, 57, 5, MUON, kept("bf16"), false);
        assertTrue(refused(example.answer(0), narrow) > 1000);
    }

    /// By hand: a single row keeps its direction, and its length goes the way of the polynomial from 1.
    @Test
    void aRowByHand() {
        Example example = new Example(new MuonNewtonSchulz())
                .input("G", DType.F32, Shape.of(1, 2), 3, 4)
                .attribute("steps", 1)
                .attribute("compute", "f32");
        Answer answer = example.answer(0);
        assertEquals(0.6 * 0.701, answer.value(0), 1e-6);
        assertEquals(0.8 * 0.701, answer.value(1), 1e-6);
    }

    @Test
    void zerosStayZeros() {
        Answer answer = new Example(new MuonNewtonSchulz())
                .input("G", DType.F32, Shape.of(2, 2), 0, 0, 0, 0)
                .answer(0);
        assertEquals(0, answer.value(3), 0);
        assertTrue(answer.isExact(3));
        assertTrue(new Example(new MuonNewtonSchulz())
                .input("G", DType.F32, Shape.of(1, 2), 1, Double.NaN)
                .answer(0)
                .isOpen(0));
        assertThrows(
                InvalidCallException.class,
                () -> example(2, 2, "f32").attribute("steps", 0).call());
    }

    @Test
    void eigenvectorsDiagonalise() {
        Random random = new Random(3);
        int size = 20;
        Dense half = Dense.zeros(size, size).map(x -> random.nextGaussian());
        Dense symmetric = half.times(half.transposed());
        Dense vectors = symmetric.eigenvectors();
        Dense diagonal = vectors.transposed().times(symmetric).times(vectors);
        Dense unit = vectors.transposed().times(vectors);
        for (int i = 0; i < size; i++) {
            for (int j = 0; j < size; j++) {
                assertEquals(i == j ? 1 : 0, unit.at(i, j), 1e-13);
                assertTrue(i == j || Math.abs(diagonal.at(i, j)) < 1e-12 * symmetric.norm());
            }
        }
    }
}
