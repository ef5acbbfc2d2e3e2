package dev.assay.operator.linalg;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
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

/// Reduced QR factors of matrices: `A = Q·R` with orthonormal columns of `Q` and `R` upper triangular.
///
/// - input: `A` is `[.., m, n]`; `k = min(m, n)`
/// - outputs: `Q` is `[.., m, k]`, `R` is `[.., k, n]` with zeros below its diagonal
/// - signs are open: a column of `Q` and the row of `R` that it meets may both be negated. Where `A`
///   has no full rank, the columns of `Q` that meet zeros are any that are orthonormal
/// - judged by the relations `Q·R = A` and `Qᵀ·Q = I`; zeros exactly
/// - error: of a column in proportion to its norm, of orthogonality in proportion to 1 (Higham 2002,
///   theorem 19.4), see [BackwardError]. Reflections and rotations keep it, and Gram and Schmidt's
///   method if it orthogonalises twice; once is not enough where columns are nearly parallel
/// - source: `torch.linalg.qr` with mode `reduced`, LAPACK `geqrf` and `orgqr`
public final class Qr extends Factorisation {
    public Qr() {
        super(
                "qr",
                "Q·R = A, Qᵀ·Q = I, R upper triangular",
                "torch.linalg.qr",
                new Signature(
                        List.of(Parameter.required("A", "T", REALS, "[.., m, n]")),
                        List.of(
                                Parameter.required("Q", "T", REALS, "[.., m, min(m, n)], orthonormal columns"),
                                Parameter.required("R", "T", REALS, "[.., min(m, n), n], upper triangular")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape shape = matrices(call);
        long m = shape.dim(-2);
        long n = shape.dim(-1);
        DType dtype = call.input("A").dtype();
        return List.of(
                TensorSpec.dense(dtype, batch(call).concat(Shape.of(m, Math.min(m, n)))),
                TensorSpec.dense(dtype, batch(call).concat(Shape.of(Math.min(m, n), n))));
    }

    @Override
    double flops(double rows, double columns) {
        double steps = Math.min(rows, columns);
        return 4 * rows * columns * steps;
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(new Scaling(Map.of("A", 3), Map.of("R", 3)), new Scaling(Map.of("A", -5), Map.of("R", -5)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Factors(
                inputs,
                outputs(call),
                new BackwardError(contract, call.input("A").dtype()));
    }

    private record Factors(Inputs inputs, List<TensorSpec> outputs, BackwardError errors) implements Oracle {
        @Override
        public Shape shape(int output) {
            return outputs.get(output).shape();
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            Parallel.forEach(into.elements(), i -> {
                long[] at = region.coordinates(i);
                if (output == 0 || at[at.length - 2] <= at[at.length - 1]) {
                    into.mark(i, ExpectedBlock.ANY);
                }
            });
        }

        @Override
        public List<Relation> relations() {
            DType dtype = inputs.get("A").dtype();
            long steps = shape(0).dim(-1);
            Relation product = new MatrixRelation("Q·R", inputs.get("A").shape(), dtype, device -> {
                Matrices a = Matrices.of(inputs.get("A"));
                Matrices q = Matrices.of(device.output(0));
                Matrices r = Matrices.of(device.output(1));
                double[] norms = new double[a.count() * a.columns()];
                Parallel.forEach(norms.length, n -> norms[n] = a.columnNorm(n / a.columns(), n % a.columns()));
                return new MatrixRelation.Elements() {
                    @Override
                    public double actual(int matrix, int row, int column) {
                        ExactDot sum = new ExactDot();
                        for (int k = 0; k < steps; k++) {
                            sum.add(q.at(matrix, row, k), r.at(matrix, k, column));
                        }
                        return sum.value();
                    }

                    @Override
                    public void expect(int matrix, int row, int column, ExpectedBlock into, int to) {
                        into.values()[to] = a.at(matrix, row, column);
                        errors.ofReflections(norms[matrix * a.columns() + column], steps, into, to);
                    }
                };
            });
            return List.of(
                    product,
                    Orthonormal.columns(
                            "Q", 0, shape(0), dtype, (into, to) -> errors.ofReflections(1, steps, into, to)));
        }
    }
}
