package dev.assay.operator.gemm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Matrix;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Products of groups of rows, each with a matrix of its own: `Y[t,:] = A[t,:] · B[e,:,:]`, e the group
/// of row t.
///
/// - inputs: `A` is `[t,k]`, `B` is `[e,k,n]`, `group_sizes` is `[e]`: the first `group_sizes[0]` rows
///   are multiplied with
///   `B[0]` and so on; a group may be empty, and together they have all rows
/// - output: `Y` is `[t,n]`
/// - weights that are stored `[e,n,k]` are a strided input
/// - source: PyTorch `torch._grouped_mm`, CANN `aclnnGroupedMatmul`: the experts of a mixture
public final class GroupedMatMul extends ProductOperator {
    public GroupedMatMul() {
        super(
                "grouped_matmul",
                "",
                new About(
                        "Y[t] = A[t] · B[e], e the group of row t",
                        "PyTorch torch._grouped_mm, CANN aclnnGroupedMatmul",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("A", "T", Signature.floats(), "rows of all groups [t,k]"),
                                Parameter.required("B", "T", Signature.floats(), "a matrix for each group [e,k,n]"),
                                Parameter.constant(
                                        "group_sizes", "I", Signature.only(DType.I64, DType.I32), "rows of each [e]")),
                        List.of(Parameter.required("Y", "T", Signature.floats(), "[t,n]")),
                        List.of()));
    }

    private Shape output(Call call) {
        Shape a = call.input("A").shape();
        Shape b = call.input("B").shape();
        require(
                a.rank() == 2 && b.rank() == 3 && a.dim(1) == b.dim(1),
                "A is " + a + " and B is " + b,
                "A and B",
                "give [t,k] and [e,k,n]");
        List<Long> sizes = groupSizes(call);
        long sum = sizes.stream().mapToLong(Long::longValue).sum();
        boolean fits = call.input("group_sizes").shape().equals(Shape.of(b.dim(0)))
                && sizes.size() == b.dim(0)
                && sizes.stream().allMatch(size -> size >= 0)
                && sum == a.dim(0);
        require(
                fits,
                "group_sizes " + sizes + " of " + a.dim(0) + " rows and " + b.dim(0) + " matrices",
                "group_sizes",
                "give a number for each matrix, none negative, that add up to the rows");
        return Shape.of(a.dim(0), b.dim(2));
    }

    private static List<Long> groupSizes(Call call) {
        return call.constants().getOrDefault("group_sizes", List.of());
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(TensorSpec.dense(call.input("A").dtype(), output(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Shape shape = output(call);
        Tensor a = inputs.get("A");
        Tensor b = inputs.get("B");
        long rows = shape.dim(0);
        long columns = shape.dim(1);
        int[] group = new int[Math.toIntExact(rows)];
        int next = 0;
        List<Long> sizes = groupSizes(call);
        for (int e = 0; e < sizes.size(); e++) {
            for (long i = 0; i < sizes.get(e); i++) {
                group[next++] = e;
            }
        }
        Matrix left = MatMul.matrix(a, a.shape(), false, new long[0]);
        // Numbered as if every group had all rows, of which it uses its own.
        ProductOracle.Layout layout = new ProductOracle.Layout(
                shape,
                sizes.size(),
                rows,
                columns,
                Math.toIntExact(a.shape().dim(1)),
                element -> group[(int) (element / columns)] * rows * columns + element);
        return ProductOracle.of(
                contract,
                a.dtype(),
                a.dtype(),
                a.dtype(),
                layout,
                batch -> left,
                batch -> MatMul.matrix(b, b.shape(), false, new long[] {batch}),
                (sum, batch, row, column, element) -> {});
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(2.0 * output(call).elements() * call.input("A").shape().dim(1), call.tensorBytes());
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return output(call).isEmpty() || call.input("A").shape().dim(1) == 0
                ? List.of()
                : List.of(new Probe(
                        "integers(-2,2)", false, "terms of a sum are missing, repeated or taken from elsewhere"));
    }

    @Override
    public Fill.Along along(Call call, String input) {
        return Fill.Along.axis(call.input(input).shape(), input.equals("B") ? -2 : -1);
    }
}
