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
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.BitSet;
import java.util.List;

/// Elements of a dense product where a sparse matrix has some: `out[e] = values[e] · (A[i] ·
/// B[columns[e]])`, i the row of element e.
///
/// - inputs: `row_offsets [m+1]`, `columns [nnz]`, `A [m,k]`, `B [n,k]`, `values [nnz]` (ones without)
/// - output: `out [nnz]`
/// - source: DGL 2.4, `dgl.sparse.sddmm`, whose second matrix is transposed
public final class Sddmm extends NamedOperator {
    public Sddmm() {
        super(
                "sddmm",
                "",
                new About(
                        "out[e] = values[e] · (A[i] · B[columns[e]]), i the row of element e",
                        "DGL 2.4, dgl.sparse.sddmm",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("row_offsets", "I", Indices.TYPES, "where rows begin [m+1]"),
                                Parameter.required("columns", "I", Indices.TYPES, "of each element [nnz]"),
                                Parameter.required("A", "T", Signature.floats(), "[m,k]"),
                                Parameter.required("B", "T", Signature.floats(), "[n,k]"),
                                Parameter.optional("values", "T", Signature.floats(), "of each element [nnz]")),
                        List.of(Parameter.required("out", "T", Signature.floats(), "[nnz]")),
                        List.of()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape a = call.input("A").shape();
        Shape b = call.input("B").shape();
        Shape columns = call.input("columns").shape();
        require(
                a.rank() == 2 && b.rank() == 2 && a.dim(1) == b.dim(1),
                "A " + a + ", B " + b,
                "A and B",
                "give them the shapes [m,k] and [n,k]");
        require(
                call.input("row_offsets").shape().equals(Shape.of(a.dim(0) + 1)),
                "row_offsets " + call.input("row_offsets").shape(),
                "row_offsets",
                "give it the shape [" + (a.dim(0) + 1) + "]");
        require(
                columns.rank() == 1
                        && (!call.hasInput("values")
                                || call.input("values").shape().equals(columns)),
                "columns " + columns,
                "columns and values",
                "give both the shape [nnz]");
        return List.of(TensorSpec.dense(call.input("A").dtype(), columns));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor a = inputs.get("A");
        Tensor b = inputs.get("B");
        Shape shape = outputs(call).getFirst().shape();
        int[] offsets = Indices.offsets(inputs.get("row_offsets"), shape.elements(), "sddmm, row_offsets");
        int[] columns = Indices.nodes(inputs.get("columns"), b.shape().dim(0), "sddmm, columns");
        int k = Math.toIntExact(a.shape().dim(1));
        LineArithmetic arithmetic = new LineArithmetic(contract, a.dtype(), shape.elements());
        BitSet again = Indices.again(offsets, columns);
        return new LineOracle(k, List.of(LineOracle.Layout.runs(shape, 1))) {
            @Override
            protected Line line(long number, Observed device) {
                int element = Math.toIntExact(number);
                double[] left = new double[k];
                double[] right = new double[k];
                a.decode((long) Indices.row(offsets, element) * k, k, left, 0);
                b.decode((long) columns[element] * k, k, right, 0);
                Estimate sum = Spmm.products(arithmetic, left, right);
                if (again.get(element)) {
                    // The same product, with the same error.
                    sum = sum.doubting(Estimate.GUARDED);
                }
                Estimate result = inputs.has("values")
                        ? arithmetic.times(
                                sum, Estimate.exact(inputs.get("values").get(number)))
                        : sum;
                return (output, position, into, to) -> put(result, into, to);
            }
        };
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(
                2.0
                        * call.input("columns").shape().elements()
                        * call.input("A").shape().dim(1),
                call.tensorBytes());
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
}
