package dev.assay.operator.science;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.RuleConstants;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.gemm.ProductOracle;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Mean of outer products over sequences: `out[i,j,c,d] = Σ_s A[s,i,c] · B[s,j,d] / (epsilon + Σ_s m[s,i]
/// m[s,j])`, with
/// `A = m · a` and `B = m · b`.
///
/// - inputs: `a [s,n,c]`, `b [s,n,d]`, `mask [s,n]` (all ones without)
/// - output: `[n,n,c,d]`, before the last projection, which is an operator of its own
/// - without sequences every sum is 0, and so is every result where epsilon is not 0
/// - source: Jumper et al., Nature 596 (2021), supplementary algorithm 10; OpenFold 2.0,
///   `OuterProductMean`, whose
/// epsilon
///   is 1e-3
public final class OuterProductMean extends NamedOperator {
    public OuterProductMean() {
        super(
                "outer_product_mean",
                "",
                new About(
                        "out[i,j] = Σ_s a[s,i] ⊗ b[s,j] / (epsilon + Σ_s m[s,i] m[s,j]), masked",
                        "Jumper et al. 2021, supplementary algorithm 10; OpenFold 2.0",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("a", "T", Signature.floats(), "[s,n,c]"),
                                Parameter.required("b", "T", Signature.floats(), "[s,n,d]"),
                                Parameter.optional("mask", "T", Signature.floats(), "[s,n]")),
                        List.of(Parameter.required("out", "T", Signature.floats(), "[n,n,c,d]")),
                        List.of(AttributeSpec.real("epsilon", 1e-3, "added to the number of sequences"))));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape a = call.input("a").shape();
        Shape b = call.input("b").shape();
        require(
                a.rank() == 3 && b.rank() == 3 && a.dim(0) == b.dim(0) && a.dim(1) == b.dim(1),
                "a " + a + ", b " + b,
                "a and b",
                "give them the shapes [s,n,c] and [s,n,d]");
        require(
                !call.hasInput("mask") || call.input("mask").shape().equals(Shape.of(a.dim(0), a.dim(1))),
                "mask does not have an element for each residue of each sequence",
                "mask",
                "give it the shape [" + a.dim(0) + "," + a.dim(1) + "]");
        double epsilon = call.attributes().real("epsilon");
        require(
                epsilon >= 0 && epsilon < Double.MAX_VALUE,
                "epsilon " + epsilon,
                "attribute epsilon",
                "give a number that is not negative");
        return List.of(TensorSpec.dense(call.input("a").dtype(), Shape.of(a.dim(1), a.dim(1), a.dim(2), b.dim(2))));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor a = inputs.get("a");
        DType type = a.dtype();
        int depth = Math.toIntExact(a.shape().dim(0));
        int n = Math.toIntExact(a.shape().dim(1));
        int c = Math.toIntExact(a.shape().dim(2));
        int d = Math.toIntExact(inputs.get("b").shape().dim(2));
        double epsilon = call.attributes().real("epsilon");
        double[] mask = new double[depth * n];
        java.util.Arrays.fill(mask, 1);
        boolean whole = true;
        if (inputs.has("mask")) {
            inputs.get("mask").decode(0, mask.length, mask, 0);
            for (double m : mask) {
                whole &= m == 0 || m == 1;
            }
        }
        double[] left = masked(a, mask, c);
        double[] right = masked(inputs.get("b"), mask, d);
        Matrix rows = Matrix.of(left, 0, n * c).transposed();
        Matrix columns = Matrix.of(right, 0, n * d);
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, type);
        // Two products by a mask of other numbers, each rounded.
        double relative = whole
                ? 0
                : Math.sqrt(2) * RuleConstants.roundingRms() * arithmetic.type().unitRoundoff();
        boolean masks = whole;
        return ProductOracle.of(
                contract,
                type,
                DType.F64,
                type,
                new ProductOracle.Layout(
                        Shape.of(n, n, c, d), 1, (long) n * c, (long) n * d, depth, e -> place(e, n, c, d)),
                batch -> rows,
                batch -> columns,
                (sum, batch, row, column, element) -> {
                    Approx divisor = divisor(arithmetic, mask, epsilon, n, depth, (int) (row / c), (int) (column / d));
                    double slope = 1 / divisor.value();
                    sum.pass(
                            arithmetic,
                            slope,
                            v -> v.dividedBy(divisor)
                                    .or(v.times(arithmetic.constant(1).dividedBy(divisor))),
                            type);
                    if (!masks) {
                        double squares = 0;
                        for (int s = 0; s < depth; s++) {
                            double term = left[s * n * c + (int) row] * right[s * n * d + (int) column];
                            squares += term * term;
                        }
                        sum.disturb(Math.abs(slope) * relative * Math.sqrt(squares));
                    }
                });
    }

    private static long place(long element, int n, int c, int d) {
        long pair = element / ((long) c * d);
        long row = pair / n * c + element / d % c;
        return row * n * d + pair % n * d + element % d;
    }

    private static double[] masked(Tensor x, double[] mask, int width) {
        double[] values = new double[Math.toIntExact(x.shape().elements())];
        x.decode(0, values.length, values, 0);
        for (int i = 0; i < values.length; i++) {
            values[i] *= mask[i / width];
        }
        return values;
    }

    private static Approx divisor(
            WorkingArithmetic arithmetic, double[] mask, double epsilon, int n, int depth, int i, int j) {
        Approx[] terms = new Approx[depth + 1];
        terms[depth] = arithmetic.constant(epsilon);
        for (int s = 0; s < depth; s++) {
            terms[s] = arithmetic.of(mask[s * n + i]).times(arithmetic.of(mask[s * n + j]));
        }
        return arithmetic.sum(terms);
    }

    @Override
    public Cost cost(Call call) {
        Shape a = call.input("a").shape();
        double sums = (double) a.dim(1)
                * a.dim(2)
                * a.dim(1)
                * call.input("b").shape().dim(2);
        return new Cost(2.0 * sums * a.dim(0), call.tensorBytes());
    }

    @Override
    public double referenceFlops(Call call) {
        return 2 * cost(call).flops();
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        Fill plain = super.fill(call, input, dataSet);
        return input.equals("mask") ? Fills.of("integers", 0, 1) : plain;
    }

    /// The sequences.
    @Override
    public Fill.Along along(Call call, String input) {
        return Fill.Along.axis(call.input(input).shape(), 0);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        if (!call.hasInput("mask")) {
            return List.of();
        }
        Rereading right = Rereading.of(call, inputs);
        Rereading masked = right;
        for (String input : List.of("a", "b")) {
            Tensor x = inputs.get(input);
            Tensor mask = inputs.get("mask");
            long width = x.shape().dim(2);
            masked = masked.input(input, x.dtype(), x.shape(), i -> x.get(i) * mask.get(i / width));
        }
        return List.of(
                right.without("mask").as("mask", "the mask is ignored"),
                masked.without("mask").as("scale", "means divide by the number of all sequences"));
    }
}
