package dev.assay.operator.graph;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Product of a sparse matrix and a dense one: `C[i] = Σ_e values[e] · B[columns[e]]` over the elements e
/// of row i.
///
/// - inputs: `row_offsets [m+1]`, `columns [nnz]`, `values [nnz]` (compressed rows, columns in any order;
///   those that occur twice add up), `B [k,n]`
/// - output: `C [m,n]`, zeros in rows without elements
/// - rows of B that no element names play no part, NaN or not
/// - source: cuSPARSE 12, `cusparseSpMM` with alpha 1 and beta 0; PyTorch `torch.sparse.mm` of CSR
public final class Spmm extends NamedOperator {
    public Spmm() {
        super(
                "spmm",
                "",
                new About(
                        "C[i] = Σ_e values[e] · B[columns[e]], elements e of row i",
                        "cuSPARSE 12, cusparseSpMM",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("row_offsets", "I", Indices.TYPES, "where rows begin [m+1]"),
                                Parameter.required("columns", "I", Indices.TYPES, "of each element [nnz]"),
                                Parameter.required("values", "T", Signature.floats(), "of each element [nnz]"),
                                Parameter.required("B", "T", Signature.floats(), "[k,n]")),
                        List.of(Parameter.required("C", "T", Signature.floats(), "[m,n]")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape offsets = call.input("row_offsets").shape();
        Shape b = call.input("B").shape();
        require(
                offsets.rank() == 1 && offsets.dim(0) >= 1,
                "row_offsets " + offsets,
                "row_offsets",
                "give one number more than rows");
        require(
                call.input("columns").shape().rank() == 1
                        && call.input("columns")
                                .shape()
                                .equals(call.input("values").shape()),
                "columns " + call.input("columns").shape() + ", values "
                        + call.input("values").shape(),
                "columns and values",
                "give both the shape [nnz]");
        require(b.rank() == 2, "B " + b, "B", "give it the shape [k,n]");
        return List.of(TensorSpec.of(call.input("B").dtype(), offsets.dim(0) - 1, b.dim(1)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor b = inputs.get("B");
        Tensor values = inputs.get("values");
        Shape shape = outputs(call).getFirst().shape();
        int edges = Math.toIntExact(values.shape().elements());
        int[] offsets = Indices.offsets(inputs.get("row_offsets"), edges, "spmm, row_offsets");
        int[] columns = Indices.nodes(inputs.get("columns"), b.shape().dim(0), "spmm, columns");
        long n = shape.dim(1);
        LineArithmetic arithmetic = new LineArithmetic(contract, b.dtype(), shape.elements());
        int usual = offsets.length == 1 ? 1 : Math.ceilDiv(edges, offsets.length - 1);
        return new LineOracle(usual, List.of(LineOracle.Layout.runs(shape, 1))) {
            @Override
            protected Line line(long number, Observed device) {
                int from = offsets[Math.toIntExact(number / n)];
                int count = offsets[Math.toIntExact(number / n) + 1] - from;
                double[] left = new double[count];
                double[] right = new double[count];
                for (int i = 0; i < count; i++) {
                    left[i] = values.get(from + i);
                    right[i] = b.get(columns[from + i] * n + number % n);
                }
                Estimate sum = products(arithmetic, left, right);
                return (output, position, into, to) -> put(sum, into, to);
            }
        };
    }

    /// The sum of products of numbers that are known exactly.
    static Estimate products(LineArithmetic arithmetic, double[] left, double[] right) {
        double[] terms = new double[left.length];
        double[] rests = new double[left.length];
        for (int i = 0; i < terms.length; i++) {
            terms[i] = left[i] * right[i];
            rests[i] = Double.isFinite(terms[i]) ? Math.fma(left[i], right[i], -terms[i]) : 0;
        }
        Estimate sum = arithmetic.sum(terms, rests, 0);
        // Products that underflow are lost before they are added.
        return sum.isExact() ? sum : sum.withCertain(terms.length * arithmetic.quantum());
    }

    private static Cost cost(Call call, long width) {
        return new Cost(2.0 * call.input("columns").shape().elements() * width, call.tensorBytes());
    }

    @Override
    public Cost cost(Call call) {
        return cost(call, call.input("B").shape().dim(1));
    }

    @Override
    public double referenceFlops(Call call) {
        return 20 * cost(call).flops();
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return switch (input) {
            case "row_offsets" ->
                GraphFills.offsets(call.input("columns").shape().elements());
            case "columns" -> GraphFills.nodes(call.input("B").shape().dim(0), false);
            default -> super.fill(call, input, dataSet);
        };
    }

    @Override
    public Fill.Along along(Call call, String input) {
        return Fill.Along.axis(call.input(input).shape(), 0);
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return call.input("columns").shape().isEmpty()
                        || call.input("B").shape().isEmpty()
                ? List.of()
                : List.of(new Probe(
                        "integers(-2,2)", false, "terms of a sum are missing, repeated or taken from elsewhere"));
    }
}
