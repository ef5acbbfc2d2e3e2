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
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// LU factors of matrices by elimination with partial pivoting: `P·A = L·U`.
///
/// - input: `A` is `[.., m, n]`
/// - outputs: `LU` is `[.., m, n]`: `U` on and above the diagonal, below it the multipliers of `L`,
///   whose diagonal of ones is not stored; `pivots` is `[.., min(m, n)]`, counted from 1: row `i` was
///   exchanged with row `pivots[i]` in step `i`
/// - which of several rows is the pivot is open where their elements are as large as roundings leave
///   them apart: any order of rows is right that gives no multiplier beyond 1, which is what pivoting
///   is for
/// - where a whole column below the diagonal is zero the pivot is zero, and what is below it stays
/// - judged by the relation `L·U = P·A`; pivots must be rows from `i` to `m`, multipliers at most 1
///   but for roundings
/// - error: `|L·U - P·A| <= γ |L||U|` (Higham 2002, theorem 9.3), see [BackwardError]
/// - source: `torch.linalg.lu_factor`, LAPACK `getrf`
public final class LuFactor extends Factorisation {
    /// Roundings of a quotient of numbers of which the divisor is the larger, or of a product with a
    /// reciprocal.
    private static final double ROUNDINGS_OF_MULTIPLIER = 4;

    public LuFactor() {
        super(
                "lu_factor",
                "L·U = P·A, no multiplier of L beyond 1",
                "torch.linalg.lu_factor",
                new Signature(
                        List.of(Parameter.required("A", "T", REALS, "[.., m, n]")),
                        List.of(
                                Parameter.required("LU", "T", REALS, "like A: U, and below the diagonal L"),
                                Parameter.required(
                                        "pivots",
                                        "I",
                                        Signature.only(DType.I32),
                                        "[.., min(m, n)], the row that each was exchanged with, counted from 1")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape shape = matrices(call);
        long steps = Math.min(shape.dim(-1), shape.dim(-2));
        return List.of(
                TensorSpec.dense(call.input("A").dtype(), shape),
                TensorSpec.dense(DType.I32, batch(call).concat(Shape.of(steps))));
    }

    @Override
    double flops(double rows, double columns) {
        double steps = Math.min(rows, columns);
        return steps * (rows * columns - steps * (rows + columns) / 2 + steps * steps / 3) * 2;
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
            Tensor returned = device.output(output);
            long rows = shape(0).dim(-2);
            Parallel.forEach(into.elements(), i -> {
                long[] at = region.coordinates(i);
                double own = returned.get(region.number(shape(output), i));
                if (output == 1) {
                    into.values()[i] = Math.clamp(own, at[at.length - 1] + 1.0, (double) rows);
                    return;
                }
                double most = 1 + ROUNDINGS_OF_MULTIPLIER * errors.unit();
                boolean multiplier = at[at.length - 2] > at[at.length - 1];
                if (multiplier && Math.abs(own) > most) {
                    into.values()[i] = Math.copySign(1, own);
                    into.allow(i, 0, most - 1);
                    into.mark(i, ExpectedBlock.GUARDED);
                } else {
                    into.mark(i, ExpectedBlock.ANY);
                }
            });
        }

        @Override
        public List<Relation> relations() {
            DType dtype = inputs.get("A").dtype();
            return List.of(new MatrixRelation("L·U", shape(0), dtype, device -> {
                Matrices a = Matrices.of(inputs.get("A"));
                Matrices lu = Matrices.of(device.output(0));
                int[][] order = order(Matrices.ofRows(device.output(1)), a);
                return new MatrixRelation.Elements() {
                    private double lower(int matrix, int row, int k) {
                        return row == k ? 1 : lu.at(matrix, row, k);
                    }

                    @Override
                    public double actual(int matrix, int row, int column) {
                        ExactDot sum = new ExactDot();
                        for (int k = 0; k <= Math.min(row, column); k++) {
                            sum.add(lower(matrix, row, k), lu.at(matrix, k, column));
                        }
                        return sum.value();
                    }

                    @Override
                    public void expect(int matrix, int row, int column, ExpectedBlock into, int to) {
                        double squares = 0;
                        double term = 0;
                        int terms = Math.min(row, column) + 1;
                        for (int k = 0; k < terms; k++) {
                            term = lower(matrix, row, k) * lu.at(matrix, k, column);
                            squares += term * term;
                        }
                        double own = a.at(matrix, order[matrix][row], column);
                        into.values()[to] = own;
                        errors.ofElimination(own, term, squares, terms, into, to);
                    }
                };
            }));
        }

        /// Which row of each matrix stands in which place after all exchanges; pivots that are no rows
        /// exchange
        /// nothing.
        private static int[][] order(Matrices pivots, Matrices a) {
            int count = pivots.count();
            int[][] all = new int[count][a.rows()];
            for (int matrix = 0; matrix < count; matrix++) {
                for (int i = 0; i < a.rows(); i++) {
                    all[matrix][i] = i;
                }
                for (int i = 0; i < pivots.columns(); i++) {
                    int other = (int) pivots.at(matrix, i) - 1;
                    if (other >= 0 && other < a.rows()) {
                        int row = all[matrix][i];
                        all[matrix][i] = all[matrix][other];
                        all[matrix][other] = row;
                    }
                }
            }
            return all;
        }
    }
}
