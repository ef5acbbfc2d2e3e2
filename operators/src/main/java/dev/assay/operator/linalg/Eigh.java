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
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/// Eigenvalues and eigenvectors of symmetric matrices: `A = V·Λ·Vᵀ`.
///
/// - input: `A` is `[.., n, n]`, symmetric; only one triangle of it need be read
/// - outputs: `eigenvalues` is `[.., n]`, ascending; `eigenvectors` is `[.., n, n]`: column `j`
///   belongs to eigenvalue `j`
/// - signs are open, and so is the basis that is chosen for equal eigenvalues or ones as near as
///   roundings leave them
/// - judged by eigenvalues, and by the relations `V·Λ·Vᵀ = A` and `Vᵀ·V = I`
/// - error: of eigenvalues in proportion to the largest one (Weyl's theorem; Golub and Van Loan 2013,
///   section 8.1), of the relations likewise, see [BackwardError]
/// - reference: Jacobi's method in double-double arithmetic
/// - source: `torch.linalg.eigh`, LAPACK `syevd`
public final class Eigh extends Factorisation {
    public Eigh() {
        super(
                "eigh",
                "V·Λ·Vᵀ = A, Vᵀ·V = I, eigenvalues ascending",
                "torch.linalg.eigh",
                new Signature(
                        List.of(Parameter.required("A", "T", REALS, "[.., n, n], symmetric")),
                        List.of(
                                Parameter.required("eigenvalues", "T", REALS, "[.., n], ascending"),
                                Parameter.required("eigenvectors", "T", REALS, "like A, one to a column")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape shape = squares(call);
        DType dtype = call.input("A").dtype();
        return List.of(
                TensorSpec.dense(dtype, batch(call).concat(Shape.of(shape.dim(-1)))), TensorSpec.dense(dtype, shape));
    }

    @Override
    double flops(double rows, double columns) {
        return 9 * rows * rows * rows;
    }

    /// Ten sweeps of rotations in double-double arithmetic.
    @Override
    public double referenceFlops(Call call) {
        return 50 * cost(call).flops();
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return MatrixFills.symmetric(super.fill(call, input, dataSet));
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(
                new Scaling(Map.of("A", 3), Map.of("eigenvalues", 3)),
                new Scaling(Map.of("A", -5), Map.of("eigenvalues", -5)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Decomposition(
                inputs,
                outputs(call),
                new BackwardError(contract, call.input("A").dtype()),
                new Spectra(() -> matrices(inputs)));
    }

    private static DoubleDouble[][][] matrices(Inputs inputs) {
        Matrices a = Matrices.of(inputs.get("A"));
        DoubleDouble[][][] all = new DoubleDouble[a.count()][a.rows()][a.rows()];
        for (int matrix = 0; matrix < all.length; matrix++) {
            for (int i = 0; i < a.rows(); i++) {
                for (int j = 0; j < a.rows(); j++) {
                    all[matrix][i][j] = DoubleDouble.of(a.at(matrix, i, j));
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

        private long order() {
            return shape(0).dim(-1);
        }

        private double largest(int matrix) {
            DoubleDouble[] values = spectra.of(matrix);
            return Math.max(Math.abs(values[0].hi()), Math.abs(values[values.length - 1].hi()));
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            Parallel.forEach(into.elements(), i -> {
                if (output == 1) {
                    into.mark(i, ExpectedBlock.ANY);
                    return;
                }
                long number = region.number(shape(0), i);
                int matrix = Math.toIntExact(number / order());
                DoubleDouble value = spectra.of(matrix)[(int) (number % order())];
                into.values()[i] = value.hi();
                into.lows()[i] = value.lo();
                errors.ofEigenvalues(largest(matrix), order(), into, i);
            });
        }

        @Override
        public List<Relation> relations() {
            DType dtype = inputs.get("A").dtype();
            Relation product = new MatrixRelation("V·Λ·Vᵀ", shape(1), dtype, device -> {
                Matrices a = Matrices.of(inputs.get("A"));
                Matrices values = Matrices.ofRows(device.output(0));
                Matrices vectors = Matrices.of(device.output(1));
                return new MatrixRelation.Elements() {
                    @Override
                    public double actual(int matrix, int row, int column) {
                        ExactDot sum = new ExactDot();
                        for (int k = 0; k < order(); k++) {
                            sum.add(vectors.at(matrix, row, k), vectors.at(matrix, column, k), values.at(matrix, k));
                        }
                        return sum.value();
                    }

                    @Override
                    public void expect(int matrix, int row, int column, ExpectedBlock into, int to) {
                        into.values()[to] = a.at(matrix, row, column);
                        errors.ofEigenvalues(largest(matrix), order(), into, to);
                    }
                };
            });
            return List.of(
                    product,
                    Orthonormal.columns(
                            "V", 1, shape(1), dtype, (into, to) -> errors.ofEigenvalues(1, order(), into, to)));
        }
    }
}
