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
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/// Cholesky factor of symmetric positive definite matrices: `A = L·Lᵀ`, or `A = Uᵀ·U`.
///
/// - input: `A` is `[.., n, n]`, symmetric; only one triangle of it need be read
/// - output: `L` is lower triangular with a positive diagonal, zeros above it; with `upper` it is `U`
/// - `n = 0` gives nothing
/// - judged by the relation `L·Lᵀ = A`; zeros and the signs of the diagonal exactly
/// - error: `|L·Lᵀ - A| <= γ |L||Lᵀ|` (Higham 2002, theorem 10.3), see [BackwardError]
/// - source: `torch.linalg.cholesky`, LAPACK `potrf`
public final class Cholesky extends Factorisation {
    public Cholesky() {
        super(
                "cholesky",
                "L·Lᵀ = A, L lower triangular with a positive diagonal",
                "torch.linalg.cholesky",
                new Signature(
                        List.of(Parameter.required("A", "T", REALS, "[.., n, n], symmetric, positive definite")),
                        List.of(Parameter.required("L", "T", REALS, "like A, triangular")),
                        List.of(AttributeSpec.integer("upper", 0, "1: U with Uᵀ·U = A in place of L"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        flag(call, "upper");
        return List.of(TensorSpec.dense(call.input("A").dtype(), squares(call)));
    }

    @Override
    double flops(double rows, double columns) {
        return rows * rows * rows / 3;
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return MatrixFills.positiveDefinite(super.fill(call, input, dataSet));
    }

    /// A matrix four times as large has a factor twice as large, bit for bit.
    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(new Scaling(Map.of("A", 2), Map.of("L", 1)), new Scaling(Map.of("A", -6), Map.of("L", -3)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Factor(inputs, new BackwardError(contract, call.input("A").dtype()), flag(call, "upper"));
    }

    private record Factor(Inputs inputs, BackwardError errors, boolean upper) implements Oracle {
        @Override
        public Shape shape(int output) {
            return inputs.get("A").shape();
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            Parallel.forEach(into.elements(), i -> {
                long[] at = region.coordinates(i);
                int last = at.length - 1;
                long row = upper ? at[last] : at[last - 1];
                long column = upper ? at[last - 1] : at[last];
                if (row < column) {
                    return;
                }
                double own = device.output(0).get(region.number(shape(0), i));
                boolean negative = row == column && !(own > 0) && !Double.isNaN(own);
                if (negative) {
                    into.values()[i] = own == 0 ? Double.MIN_NORMAL : -own;
                } else {
                    into.mark(i, ExpectedBlock.ANY);
                }
            });
        }

        @Override
        public List<Relation> relations() {
            DType dtype = inputs.get("A").dtype();
            return List.of(new MatrixRelation(upper ? "Uᵀ·U" : "L·Lᵀ", shape(0), dtype, device -> {
                Matrices a = Matrices.of(inputs.get("A"));
                Matrices l = Matrices.of(device.output(0));
                return new MatrixRelation.Elements() {
                    private double factor(int matrix, int row, int k) {
                        return upper ? l.at(matrix, k, row) : l.at(matrix, row, k);
                    }

                    @Override
                    public double actual(int matrix, int row, int column) {
                        ExactDot sum = new ExactDot();
                        for (int k = 0; k <= Math.min(row, column); k++) {
                            sum.add(factor(matrix, row, k), factor(matrix, column, k));
                        }
                        return sum.value();
                    }

                    @Override
                    public void expect(int matrix, int row, int column, ExpectedBlock into, int to) {
                        double squares = 0;
                        double term = 0;
                        int terms = Math.min(row, column) + 1;
                        for (int k = 0; k < terms; k++) {
                            term = factor(matrix, row, k) * factor(matrix, column, k);
                            squares += term * term;
                        }
                        double own = a.at(matrix, row, column);
                        into.values()[to] = own;
                        errors.ofElimination(own, term, squares, terms, into, to);
                    }
                };
            }));
        }
    }
}
