package dev.assay.operator.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.ComputeContract;
import dev.assay.operator.Example;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Related;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Factors worked out by hand and by simple algorithms, wrong ones first.
class FactorisationsTest {
    private final Arena arena = Arena.ofAuto();

    private Tensor matrix(DType dtype, double[][] rows) {
        double[] values = java.util.Arrays.stream(rows)
                .flatMapToDouble(java.util.Arrays::stream)
                .toArray();
        return Tensor.of(arena, dtype, Shape.of(rows.length, rows[0].length), values);
    }

    private Tensor row(DType dtype, double... values) {
        return Tensor.of(arena, dtype, Shape.of(values.length), values);
    }

    private Oracle oracle(Operator operator, DType dtype, double[][] a) {
        return new Example(operator).input("A", matrix(dtype, a)).oracle(ComputeContract.STRICT);
    }

    /// A matrix of order 24 by an operator's own recipe.
    private Example random(Operator operator, DType dtype, String fill, long m, long n) {
        return new Example(operator).input("A", TensorSpec.of(dtype, m, n)).fill(fill, 7);
    }

    private static double[][] rows(Tensor a) {
        int columns = (int) a.shape().dim(-1);
        double[][] rows = new double[(int) a.shape().dim(-2)][columns];
        for (int i = 0; i < rows.length; i++) {
            for (int j = 0; j < columns; j++) {
                rows[i][j] = a.get((long) i * columns + j);
            }
        }
        return rows;
    }

    private static double[][] transposed(double[][] a) {
        double[][] t = new double[a[0].length][a.length];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < a[0].length; j++) {
                t[j][i] = a[i][j];
            }
        }
        return t;
    }

    @Test
    void choleskyByHand() {
        Oracle oracle = oracle(new Cholesky(), DType.F32, new double[][] {{4, 2}, {2, 5}});
        Oracle upper = new Example(new Cholesky())
                .input("A", matrix(DType.F32, new double[][] {{4, 2}, {2, 5}}))
                .attribute("upper", 1)
                .oracle(ComputeContract.STRICT);
        double[][] right = {{2, 0}, {1, 2}};
        assertEquals(List.of("L·Lᵀ"), Related.wrong(oracle, matrix(DType.F32, new double[][] {{2, 0}, {1, 2.001}})));
        assertEquals(List.of("element of 0", "L·Lᵀ"), Related.wrong(oracle, matrix(DType.F32, new double[][] {
            {2, 1}, {0, 2}
        })));
        assertEquals(List.of("element of 0"), Related.wrong(oracle, matrix(DType.F32, new double[][] {{2, 0}, {1, -2}
        })));
        assertEquals(List.of("L·Lᵀ"), Related.wrong(oracle, matrix(DType.F32, new double[][] {{2, 0}, {1, Double.NaN}
        })));
        assertEquals(List.of(), Related.wrong(oracle, matrix(DType.F32, right)));
        assertEquals(List.of(), Related.wrong(upper, matrix(DType.F32, transposed(right))));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void choleskyOfAnyOrder(DType dtype) {
        Example example = random(new Cholesky(), dtype, "normal", 24, 24);
        Oracle oracle = example.oracle(ComputeContract.STRICT);
        double[][] l = cholesky(rows(example.tensor("A")), dtype, dtype);
        double[][] narrow = cholesky(rows(example.tensor("A")), dtype, dtype == DType.F32 ? DType.F16 : DType.F32);
        double[][] unfinished = l.clone();
        unfinished[23] = l[23].clone();
        unfinished[23][23] = example.tensor("A").get(23 * 24 + 23);
        assertEquals(List.of("L·Lᵀ"), Related.wrong(oracle, matrix(dtype, narrow)));
        assertEquals(List.of("L·Lᵀ"), Related.wrong(oracle, matrix(dtype, unfinished)));
        assertEquals(List.of(), Related.wrong(oracle, matrix(dtype, l)));
    }

    private static double[][] cholesky(double[][] a, DType dtype, DType sums) {
        double[][] l = new double[a.length][a.length];
        for (int j = 0; j < a.length; j++) {
            for (int i = j; i < a.length; i++) {
                double sum = a[i][j];
                for (int k = 0; k < j; k++) {
                    sum = sums.round(sum - dtype.round(l[i][k] * l[j][k]));
                }
                l[i][j] = dtype.round(i == j ? Math.sqrt(sum) : sum / l[j][j]);
            }
        }
        return l;
    }

    @Test
    void luByHand() {
        // Rows are exchanged once: 0.5 = 2 / 4, 1.5 = 3 - 0.5 * 3.
        Oracle oracle = oracle(new LuFactor(), DType.F64, new double[][] {{2, 3}, {4, 3}});
        Tensor right = matrix(DType.F64, new double[][] {{4, 3}, {0.5, 1.5}});
        Tensor unpivoted = matrix(DType.F64, new double[][] {{2, 3}, {2, -3}});
        assertEquals(List.of("L·U"), Related.wrong(oracle, right, row(DType.I32, 1, 2)));
        // In the right order by chance: a row is exchanged with one before it.
        assertEquals(List.of("element of 1"), Related.wrong(oracle, right, row(DType.I32, 1, 1)));
        assertEquals(List.of("element of 1", "L·U"), Related.wrong(oracle, right, row(DType.I32, 0, 2)));
        assertEquals(List.of("element of 1"), Related.wrong(oracle, right, row(DType.I32, 2, 3)));
        assertEquals(List.of("element of 0"), Related.wrong(oracle, unpivoted, row(DType.I32, 1, 2)));
        assertEquals(
                List.of("L·U"),
                Related.wrong(oracle, matrix(DType.F64, new double[][] {{4, 3}, {0.5, 3}}), row(DType.I32, 2, 2)));
        assertEquals(List.of(), Related.wrong(oracle, right, row(DType.I32, 2, 2)));
    }

    @Test
    void qrByHand() {
        Oracle oracle = oracle(new Qr(), DType.F32, new double[][] {{3, 1}, {4, 2}});
        Tensor q = matrix(DType.F32, new double[][] {{0.6, -0.8}, {0.8, 0.6}});
        Tensor r = matrix(DType.F32, new double[][] {{5, 2.2}, {0, 0.4}});
        Tensor negated = matrix(DType.F32, new double[][] {{-0.6, -0.8}, {-0.8, 0.6}});
        Tensor partner = matrix(DType.F32, new double[][] {{-5, -2.2}, {0, 0.4}});
        assertEquals(List.of("Q·R"), Related.wrong(oracle, negated, r));
        assertEquals(List.of("Q·R"), Related.wrong(oracle, matrix(DType.F32, transposed(rows(q))), r));
        assertEquals(List.of("element of 1", "Q·R"), Related.wrong(oracle, q, matrix(DType.F32, transposed(rows(r)))));
        assertEquals(
                List.of("Qᵀ·Q"),
                Related.wrong(
                        oracle, matrix(DType.F32, new double[][] {{3, 1}, {4, 2}}), matrix(DType.F32, new double[][] {
                            {1, 0}, {0, 1}
                        })));
        assertEquals(List.of(), Related.wrong(oracle, q, r));
        assertEquals(List.of(), Related.wrong(oracle, negated, partner));
    }

    /// The modified Gram-Schmidt method loses orthogonality where columns are nearly parallel, and
    /// keeps it if done twice.
    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void orthogonalisingOnceIsNotEnough(DType dtype) {
        Example example = random(new Qr(), dtype, "large-mean", 60, 24);
        Oracle oracle = example.oracle(ComputeContract.STRICT);
        Tensor[] once = gramSchmidt(rows(example.tensor("A")), dtype, 1);
        assertEquals(List.of("Qᵀ·Q"), Related.wrong(oracle, once));
        assertEquals(List.of(), Related.wrong(oracle, gramSchmidt(rows(example.tensor("A")), dtype, 2)));
    }

    private Tensor[] gramSchmidt(double[][] a, DType dtype, int times) {
        int n = a[0].length;
        double[][] q = transposed(a);
        double[][] r = new double[n][n];
        for (int j = 0; j < n; j++) {
            for (int time = 0; time < times; time++) {
                for (int k = 0; k < j; k++) {
                    double share = dot(q[k], q[j], dtype);
                    r[k][j] = dtype.round(r[k][j] + share);
                    for (int i = 0; i < a.length; i++) {
                        q[j][i] = dtype.round(q[j][i] - dtype.round(share * q[k][i]));
                    }
                }
            }
            r[j][j] = dtype.round(Math.sqrt(dot(q[j], q[j], dtype)));
            for (int i = 0; i < a.length; i++) {
                q[j][i] = dtype.round(q[j][i] / r[j][j]);
            }
        }
        return new Tensor[] {matrix(dtype, transposed(q)), matrix(dtype, r)};
    }

    private static double dot(double[] x, double[] y, DType dtype) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum = dtype.round(sum + dtype.round(x[i] * y[i]));
        }
        return sum;
    }

    @Test
    void eigenvaluesByHand() {
        // (1, -1) and (1, 1) belong to 1 and 3.
        double h = Math.sqrt(0.5);
        Oracle oracle = oracle(new Eigh(), DType.F64, new double[][] {{2, 1}, {1, 2}});
        Tensor values = row(DType.F64, 1, 3);
        Tensor vectors = matrix(DType.F64, new double[][] {{h, h}, {-h, h}});
        assertEquals(List.of("V·Λ·Vᵀ"), Related.wrong(oracle, values, matrix(DType.F64, transposed(rows(vectors)))));
        assertEquals(List.of("element of 0", "V·Λ·Vᵀ"), Related.wrong(oracle, row(DType.F64, 3, 1), vectors));
        assertEquals(
                List.of("element of 0"), Related.wrong(oracle, row(DType.F64, 3, 1), matrix(DType.F64, new double[][] {
                    {h, h}, {h, -h}
                })));
        assertEquals(List.of("V·Λ·Vᵀ", "Vᵀ·V"), Related.wrong(oracle, values, matrix(DType.F64, new double[][] {
            {1, 1}, {-1, 1}
        })));
        assertEquals(List.of(), Related.wrong(oracle, values, vectors));
        assertEquals(List.of(), Related.wrong(oracle, values, matrix(DType.F64, new double[][] {{-h, h}, {h, h}})));
    }

    /// Any basis of equal eigenvalues will do.
    @Test
    void clustersAreOpen() {
        Oracle oracle = oracle(new Eigh(), DType.F64, new double[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 2}});
        Tensor values = row(DType.F64, 1, 1, 2);
        double[][] turned = {{0.6, -0.8, 0}, {0.8, 0.6, 0}, {0, 0, 1}};
        double[][] mixed = {{0.6, 0, -0.8}, {0, 1, 0}, {0.8, 0, 0.6}};
        assertEquals(List.of("V·Λ·Vᵀ"), Related.wrong(oracle, values, matrix(DType.F64, mixed)));
        assertEquals(List.of(), Related.wrong(oracle, values, matrix(DType.F64, turned)));
    }

    @Test
    void singularValuesByHand() {
        // Stretched by 3 along one axis, by 2 along the other and turned by a quarter.
        Oracle oracle = oracle(new Svd(), DType.F32, new double[][] {{0, -2}, {3, 0}, {0, 0}});
        Tensor u = matrix(DType.F32, new double[][] {{0, -1}, {1, 0}, {0, 0}});
        Tensor vh = matrix(DType.F32, new double[][] {{1, 0}, {0, 1}});
        Tensor swapped = matrix(DType.F32, new double[][] {{0, 1}, {1, 0}});
        assertEquals(List.of("U·S·Vh"), Related.wrong(oracle, u, row(DType.F32, 3, 2), swapped));
        assertEquals(List.of("element of 1", "U·S·Vh"), Related.wrong(oracle, u, row(DType.F32, 3, 2.01), vh));
        assertEquals(
                List.of("element of 1"),
                Related.wrong(
                        oracle,
                        matrix(DType.F32, new double[][] {{-1, 0}, {0, 1}, {0, 0}}),
                        row(DType.F32, 2, 3),
                        swapped));
        assertEquals(List.of(), Related.wrong(oracle, u, row(DType.F32, 3, 2), vh));
    }

    /// Eigenvalues of the second difference: `2 - 2 cos(k π / (n + 1))`.
    @Test
    void jacobiFindsThoseOfTheSecondDifference() {
        int n = 20;
        dev.assay.numerics.DoubleDouble[][] a = new dev.assay.numerics.DoubleDouble[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double value = i == j ? 2 : Math.abs(i - j) == 1 ? -1 : 0;
                a[i][j] = dev.assay.numerics.DoubleDouble.of(value);
            }
        }
        dev.assay.numerics.DoubleDouble[] values = JacobiEigenvalues.ascending(a);
        dev.assay.numerics.DoubleDouble product = dev.assay.numerics.DoubleDouble.ONE;
        for (int k = 0; k < n; k++) {
            assertEquals(2 - 2 * Math.cos((k + 1) * Math.PI / (n + 1)), values[k].value(), 1e-15);
            product = product.times(values[k]);
        }
        // Its determinant is n + 1, to far more digits than f64 has.
        assertTrue(Math.abs(product.minus(dev.assay.numerics.DoubleDouble.of(n + 1.0))
                        .hi())
                < 1e-26);
    }

    @Test
    void triangularSystemsByHand() {
        Tensor a = matrix(DType.F32, new double[][] {{2, 9}, {1, 4}});
        Example example = new Example(new SolveTriangular()).input("A", a).input("B", matrix(DType.F32, new double[][] {
            {2, 4}, {5, 6}
        }));
        Oracle lower = example.oracle(ComputeContract.STRICT);
        Oracle unit = new Example(new SolveTriangular())
                .input("A", a)
                .input("B", matrix(DType.F32, new double[][] {{2, 4}, {5, 6}}))
                .attribute("unitriangular", 1)
                .attribute("upper", 1)
                .oracle(ComputeContract.STRICT);
        // x0 = 2/2, 4/2; x1 = (5 - 1)/4, (6 - 2)/4
        Tensor right = matrix(DType.F32, new double[][] {{1, 2}, {1, 1}});
        // x1 = 5, 6; x0 = 2 - 45, 4 - 54
        Tensor other = matrix(DType.F32, new double[][] {{-43, -50}, {5, 6}});
        assertEquals(List.of("A·X"), Related.wrong(lower, other));
        assertEquals(List.of("A·X"), Related.wrong(unit, right));
        assertEquals(List.of(), Related.wrong(lower, right));
        assertEquals(List.of(), Related.wrong(unit, other));
    }

    @Test
    void badCallsAreRefused() {
        Example wide = new Example(new Cholesky()).input("A", TensorSpec.of(DType.F32, 2, 3));
        assertTrue(assertThrows(InvalidCallException.class, wide::call)
                .getMessage()
                .contains("square"));
        Example vector = new Example(new Qr()).input("A", TensorSpec.of(DType.F32, 3));
        assertTrue(assertThrows(InvalidCallException.class, vector::call)
                .getMessage()
                .contains("two dimensions"));
        Example sides = new Example(new SolveTriangular())
                .input("A", TensorSpec.of(DType.F32, 3, 3))
                .input("B", TensorSpec.of(DType.F32, 2, 3));
        assertTrue(assertThrows(InvalidCallException.class, sides::call)
                .getMessage()
                .contains("right-hand side"));
        Example special = new Example(new LuFactor()).input("A", TensorSpec.of(DType.F32, 3, 3));
        assertThrows(InvalidCallException.class, () -> special.fill("specials", 1));
    }
}
