package dev.assay.operator.linalg;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.ExactDot;
import dev.assay.numerics.Parallel;
import dev.assay.operator.Cost;
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

/// Solution of triangular systems: `A·X = B`, or `X·A = B`.
///
/// - inputs: `A` is `[.., n, n]`, of which one triangle is read; `B` is `[.., n, k]`, with `left = 0`
///   `[.., k, n]`
/// - output: `X`, like `B`
/// - with `unitriangular` the diagonal of `A` counts as 1 and is not read
/// - a zero on the diagonal gives infinities or NaN
/// - judged by the relation `A·X = B`
/// - error: `|A·X - B| <= γ |A||X|` (Higham 2002, theorem 8.5), see [BackwardError]. A method that
///   inverts blocks on the diagonal has no such bound where they are nearly singular
/// - source: `torch.linalg.solve_triangular`, BLAS `trsm`
public final class SolveTriangular extends Factorisation {
    public SolveTriangular() {
        super(
                "solve_triangular",
                "A·X = B, A triangular",
                "torch.linalg.solve_triangular",
                new Signature(
                        List.of(
                                Parameter.required("A", "T", REALS, "[.., n, n], one triangle of which is read"),
                                Parameter.required("B", "T", REALS, "[.., n, k], with left = 0 [.., k, n]")),
                        List.of(Parameter.required("X", "T", REALS, "like B")),
                        List.of(
                                AttributeSpec.integer("upper", 0, "1: the upper triangle is read, 0: the lower one"),
                                AttributeSpec.integer("left", 1, "1: A·X = B, 0: X·A = B"),
                                AttributeSpec.integer(
                                        "unitriangular", 0, "1: the diagonal counts as 1 and is not read"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        flag(call, "upper");
        flag(call, "unitriangular");
        boolean left = flag(call, "left");
        Shape a = squares(call);
        TensorSpec b = call.input("B");
        Shape shape = b.shape();
        boolean fits = shape.rank() == a.rank()
                && shape.dim(left ? -2 : -1) == a.dim(-1)
                && shape.slice(0, shape.rank() - 2).equals(a.slice(0, a.rank() - 2));
        require(
                fits,
                "A has shape " + a + " and B " + shape,
                "input B",
                "give one right-hand side of " + a.dim(-1) + (left ? " rows" : " columns") + " for each matrix of A");
        return List.of(TensorSpec.dense(b.dtype(), shape));
    }

    @Override
    double flops(double rows, double columns) {
        return rows * columns;
    }

    @Override
    public Cost cost(Call call) {
        double sides = call.input("B").shape().elements();
        return new Cost(sides * matrices(call).dim(-1), call.tensorBytes());
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        Fill fit = super.fill(call, input, dataSet);
        return input.equals("A") ? MatrixFills.triangular(fit, flag(call, "upper"), flag(call, "unitriangular")) : fit;
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(new Scaling(Map.of("B", 4), Map.of("X", 4)), new Scaling(Map.of("B", -5), Map.of("X", -5)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Solution(
                inputs,
                new BackwardError(contract, call.input("A").dtype()),
                flag(call, "upper"),
                flag(call, "left"),
                flag(call, "unitriangular"));
    }

    private record Solution(Inputs inputs, BackwardError errors, boolean upper, boolean left, boolean unit)
            implements Oracle {
        @Override
        public Shape shape(int output) {
            return inputs.get("B").shape();
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            Parallel.forEach(into.elements(), i -> into.mark(i, ExpectedBlock.ANY));
        }

        @Override
        public List<Relation> relations() {
            DType dtype = inputs.get("B").dtype();
            return List.of(new MatrixRelation(left ? "A·X" : "X·A", shape(0), dtype, device -> {
                Matrices a = Matrices.of(inputs.get("A"));
                Matrices b = Matrices.of(inputs.get("B"));
                Matrices x = Matrices.of(device.output(0));
                int order = a.rows();
                return new MatrixRelation.Elements() {
                    // Factor of the unknown `k` in equation `at` of a system.
                    private double factor(int matrix, int at, int k) {
                        return at == k && unit ? 1 : left ? a.at(matrix, at, k) : a.at(matrix, k, at);
                    }

                    // The first unknown of an equation, and the last.
                    private int first(int at) {
                        return upper == left ? at : 0;
                    }

                    private int last(int at) {
                        return upper == left ? order - 1 : at;
                    }

                    @Override
                    public double actual(int matrix, int row, int column) {
                        int at = left ? row : column;
                        ExactDot sum = new ExactDot();
                        for (int k = first(at); k <= last(at); k++) {
                            sum.add(factor(matrix, at, k), left ? x.at(matrix, k, column) : x.at(matrix, row, k));
                        }
                        return sum.value();
                    }

                    @Override
                    public void expect(int matrix, int row, int column, ExpectedBlock into, int to) {
                        int at = left ? row : column;
                        double squares = 0;
                        for (int k = first(at); k <= last(at); k++) {
                            double term =
                                    factor(matrix, at, k) * (left ? x.at(matrix, k, column) : x.at(matrix, row, k));
                            squares += term * term;
                        }
                        double pivot = factor(matrix, at, at) * x.at(matrix, row, column);
                        double own = b.at(matrix, row, column);
                        into.values()[to] = own;
                        errors.ofElimination(own, pivot, squares, last(at) - first(at) + 1, into, to);
                    }
                };
            }));
        }
    }
}
