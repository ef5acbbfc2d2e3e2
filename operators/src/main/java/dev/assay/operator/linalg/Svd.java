package dev.assay.operator.linalg;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.ExactDot;
import dev.assay.numerics.Parallel;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Relation;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/// Reduced singular value decomposition of matrices: `A = U·diag(S)·Vh`.
///
/// - input: `A` is `[.., m, n]`; `k = min(m, n)`
/// - outputs: `U` is `[.., m, k]` with orthonormal columns, `S` is `[.., k]`, descending, `Vh` is
///   `[.., k, n]` with orthonormal rows
/// - signs are open, and so is the basis that is chosen for equal singular values or ones as near as
///   roundings leave them
/// - judged by singular values, and by the relations `U·S·Vh = A`, `Uᵀ·U = I` and `Vh·Vhᵀ = I`
/// - error: of singular values in proportion to the largest one (Weyl's theorem; Golub and Van Loan
///   2013, section 8.6), of the relations likewise, see [BackwardError]
/// - reference: roots of the eigenvalues of `A·Aᵀ` or `Aᵀ·A`, formed and found in double-double
///   arithmetic, whose digits the squaring halves at worst
/// - source: `torch.linalg.svd` with `full_matrices=False`, LAPACK `gesdd`
public final class Svd extends Factorisation {
    public Svd() {
        super(
                "svd",
                "U·diag(S)·Vh = A, Uᵀ·U = I, Vh·Vhᵀ = I, S descending",
                "torch.linalg.svd",
                new Signature(
                        List.of(Parameter.required("A", "T", REALS, "[.., m, n]")),
                        List.of(
                                Parameter.required("U", "T", REALS, "[.., m, min(m, n)], orthonormal columns"),
                                Parameter.required("S", "T", REALS, "[.., min(m, n)], descending"),
                                Parameter.required("Vh", "T", REALS, "[.., min(m, n), n], orthonormal rows")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape shape = matrices(call);
        long m = shape.dim(-2);
        long n = shape.dim(-1);
        long k = Math.min(m, n);
        DType dtype = call.input("A").dtype();
        return List.of(
                TensorSpec.dense(dtype, batch(call).concat(Shape.of(m, k))),
                TensorSpec.dense(dtype, batch(call).concat(Shape.of(k))),
                TensorSpec.dense(dtype, batch(call).concat(Shape.of(k, n))));
    }

    @Override
    double flops(double rows, double columns) {
        return 14 * rows * columns * Math.min(rows, columns);
    }

    /// Ten sweeps of rotations in double-double arithmetic.
    @Override
    public double referenceFlops(Call call) {
        return 40 * cost(call).flops();
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(new Scaling(Map.of("A", 3), Map.of("S", 3)), new Scaling(Map.of("A", -5), Map.of("S", -5)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Decomposition(
                inputs,
                outputs(call),
                new BackwardError(contract, call.input("A").dtype()),
                new Spectra(() -> squares(inputs)));
    }

    /// The products of the matrices with their transposes, on the side where they are smaller.
    private static DoubleDouble[][][] squares(Inputs inputs) {
        Matrices a = Matrices.of(inputs.get("A"));
        boolean wide = a.columns() > a.rows();
        int order = Math.min(a.rows(), a.columns());
        int length = Math.max(a.rows(), a.columns());
        DoubleDouble[][][] all = new DoubleDouble[a.count()][order][order];
        for (int matrix = 0; matrix < all.length; matrix++) {
            for (int i = 0; i < order; i++) {
                for (int j = 0; j < order; j++) {
                    DoubleDouble sum = DoubleDouble.ZERO;
                    for (int k = 0; k < length; k++) {
                        double x = wide ? a.at(matrix, i, k) : a.at(matrix, k, i);
                        double y = wide ? a.at(matrix, j, k) : a.at(matrix, k, j);
                        sum = sum.plus(DoubleDouble.product(x, y));
                    }
                    all[matrix][i][j] = sum;
                }
            }
        }
        return all;
    }

    private record Decomposition(Inputs inputs, List<TensorSpec> outputs, BackwardError errors, Spectra spectra)
            implements Oracle {
        @Override
        public Shape shape(int output) {
            return outputs.get(output).shape();
        }

        private int order() {
            return Math.toIntExact(shape(1).dim(-1));
        }

        /// Transformations work on the sides in turn, so that both count.
        private long steps() {
            return shape(0).dim(-2) + shape(2).dim(-1);
        }

        private DoubleDouble value(int matrix, int number) {
            DoubleDouble square = spectra.of(matrix)[order() - 1 - number];
            return square.hi() <= 0 ? DoubleDouble.ZERO : square.sqrt();
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            Parallel.forEach(into.elements(), i -> {
                if (output != 1) {
                    into.mark(i, ExpectedBlock.ANY);
                    return;
                }
                long number = region.number(shape(1), i);
                int matrix = Math.toIntExact(number / order());
                DoubleDouble value = value(matrix, (int) (number % order()));
                into.values()[i] = value.hi();
                into.lows()[i] = value.lo();
                errors.ofEigenvalues(value(matrix, 0).hi(), steps(), into, i);
            });
        }

        @Override
        public List<Relation> relations() {
            DType dtype = inputs.get("A").dtype();
            Relation product = new MatrixRelation("U·S·Vh", inputs.get("A").shape(), dtype, device -> {
                Matrices a = Matrices.of(inputs.get("A"));
                Matrices u = Matrices.of(device.output(0));
                Matrices s = Matrices.ofRows(device.output(1));
                Matrices vh = Matrices.of(device.output(2));
                return new MatrixRelation.Elements() {
                    @Override
                    public double actual(int matrix, int row, int column) {
                        ExactDot sum = new ExactDot();
                        for (int k = 0; k < order(); k++) {
                            sum.add(u.at(matrix, row, k), vh.at(matrix, k, column), s.at(matrix, k));
                        }
                        return sum.value();
                    }

                    @Override
                    public void expect(int matrix, int row, int column, ExpectedBlock into, int to) {
                        into.values()[to] = a.at(matrix, row, column);
                        errors.ofEigenvalues(value(matrix, 0).hi(), steps(), into, to);
                    }
                };
            });
            Orthonormal.Errors own = (into, to) -> errors.ofEigenvalues(1, steps(), into, to);
            return List.of(
                    product,
                    Orthonormal.columns("U", 0, shape(0), dtype, own),
                    Orthonormal.rows("Vh", 2, shape(2), dtype, own));
        }
    }
}
