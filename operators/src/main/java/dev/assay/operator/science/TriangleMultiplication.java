package dev.assay.operator.science;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Gemm;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
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
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Triangle multiplication over a pair representation: `X[i,j,c] = Σ_k A[i,k,c] · B[j,k,c]` along outgoing
/// edges,
/// `Σ_k A[k,i,c] · B[k,j,c]` along incoming ones, with `A = mask · sigmoid(gate_a) · a` and B likewise.
///
/// - inputs: `a`, `b` `[n,n,c]`; `mask [n,n]`, which multiplies the edges of both; `gate_a`, `gate_b`
///   `[n,n,c]` before
/// the
///   sigmoid
/// - output: `X [n,n,c]`, before the layer norm, the last projection and its gate, which are operators of
///   their own
/// - source: Jumper et al., Nature 596 (2021), supplementary algorithms 11 and 12, lines 2 and 4; OpenFold
///   2.0,
///   `TriangleMultiplicativeUpdate`, from the projections to `_combine_projections`
public final class TriangleMultiplication extends NamedOperator {
    public TriangleMultiplication() {
        super(
                "triangle_multiplication",
                "",
                new About(
                        "X[i,j,c] = Σ_k A[i,k,c] · B[j,k,c], A and B gated and masked",
                        "Jumper et al. 2021, supplementary algorithms 11 and 12; OpenFold 2.0",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(
                                Parameter.required("a", "T", Signature.floats(), "edges [n,n,c]"),
                                Parameter.required("b", "T", Signature.floats(), "edges [n,n,c]"),
                                Parameter.optional("mask", "T", Signature.floats(), "factor of each edge [n,n]"),
                                Parameter.optional("gate_a", "T", Signature.floats(), "before the sigmoid [n,n,c]"),
                                Parameter.optional("gate_b", "T", Signature.floats(), "before the sigmoid [n,n,c]")),
                        List.of(Parameter.required("X", "T", Signature.floats(), "[n,n,c]")),
                        List.of(new AttributeSpec(
                                "direction",
                                Attribute.Text.class,
                                Optional.of(new Attribute.Text("outgoing")),
                                "outgoing or incoming: which ends of two edges meet"))));
    }

    private boolean outgoing(Call call) {
        return switch (call.attributes().text("direction")) {
            case "outgoing" -> true;
            case "incoming" -> false;
            default ->
                throw invalid(
                        "direction " + call.attributes().text("direction"),
                        "attribute direction",
                        "give outgoing or incoming");
        };
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        outgoing(call);
        Shape a = call.input("a").shape();
        require(a.rank() == 3 && a.dim(0) == a.dim(1), "a is " + a, "a", "give it the shape [n,n,c]");
        for (String input : List.of("b", "gate_a", "gate_b")) {
            require(
                    !call.hasInput(input) || call.input(input).shape().equals(a),
                    input + " is not " + a,
                    input,
                    "give it the shape of a");
        }
        require(
                !call.hasInput("mask") || call.input("mask").shape().equals(Shape.of(a.dim(0), a.dim(1))),
                "mask does not have an element for each edge",
                "mask",
                "give it the shape [" + a.dim(0) + "," + a.dim(1) + "]");
        return List.of(TensorSpec.dense(call.input("a").dtype(), a));
    }

    private static Optional<Tensor> optional(Inputs inputs, String name) {
        return inputs.has(name) ? Optional.of(inputs.get(name)) : Optional.empty();
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor a = inputs.get("a");
        Shape shape = a.shape();
        int n = Math.toIntExact(shape.dim(0));
        int channels = Math.toIntExact(shape.dim(2));
        boolean outgoing = outgoing(call);
        DType type = a.dtype();
        Optional<Tensor> mask = optional(inputs, "mask");
        Map<Long, GatedPairs> left = new ConcurrentHashMap<>();
        Map<Long, GatedPairs> right = new ConcurrentHashMap<>();
        Map<Long, double[][]> errors = new ConcurrentHashMap<>();
        Channels as = c -> left.computeIfAbsent(
                c, channel -> GatedPairs.of(contract, a, optional(inputs, "gate_a"), mask, channel));
        Channels bs = c -> right.computeIfAbsent(
                c, channel -> GatedPairs.of(contract, inputs.get("b"), optional(inputs, "gate_b"), mask, channel));
        boolean plain = mask.isEmpty() && !inputs.has("gate_a") && !inputs.has("gate_b");
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, type);
        return ProductOracle.of(
                contract,
                type,
                plain ? type : DType.F64,
                type,
                new ProductOracle.Layout(shape, channels, n, n, n, e -> e % channels * ((long) n * n) + e / channels),
                c -> line(as.of(c).values(n), outgoing),
                c -> line(bs.of(c).values(n), outgoing).transposed(),
                (sum, c, row, column, element) -> {
                    if (plain) {
                        return;
                    }
                    double[][] more =
                            errors.computeIfAbsent(c, channel -> errors(as.of(channel), bs.of(channel), n, outgoing));
                    int at = Math.toIntExact(row * n + column);
                    double certain = more[0][at];
                    if (certain > 0) {
                        sum.pass(arithmetic, 1, v -> arithmetic.within(v.value(), certain), type);
                        sum.disturb(Math.sqrt(more[1][at]));
                    }
                });
    }

    private interface Channels {
        GatedPairs of(long channel);
    }

    private static Matrix line(Matrix edges, boolean outgoing) {
        return outgoing ? edges : edges.transposed();
    }

    /// What the operands' own errors add up to: bounds, and variances of what is random.
    private static double[][] errors(GatedPairs a, GatedPairs b, int n, boolean outgoing) {
        double[] certain = product(a.certain(n), b.sizes(n), n, outgoing);
        add(certain, product(a.sizes(n), b.certain(n), n, outgoing));
        add(certain, product(a.certain(n), b.certain(n), n, outgoing));
        double[] variance = product(a.variances(n), b.squares(n), n, outgoing);
        add(variance, product(a.squares(n), b.variances(n), n, outgoing));
        return new double[][] {certain, variance};
    }

    private static void add(double[] to, double[] more) {
        for (int i = 0; i < to.length; i++) {
            to[i] += more[i];
        }
    }

    private static double[] product(Matrix a, Matrix b, int n, boolean outgoing) {
        double[] results = new double[Math.multiplyExact(n, n)];
        Gemm.multiply(line(a, outgoing), line(b, outgoing).transposed(), n, n, n, results, 0, n);
        return results;
    }

    @Override
    public Cost cost(Call call) {
        Shape a = call.input("a").shape();
        return new Cost(2.0 * a.elements() * a.dim(0), call.tensorBytes());
    }

    /// A mask of zeros and ones, whatever the data.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        Fill plain = super.fill(call, input, dataSet);
        return input.equals("mask") ? Fills.of("integers", 0, 1) : plain;
    }

    @Override
    public Fill.Along along(Call call, String input) {
        return Fill.Along.axis(call.input(input).shape(), outgoing(call) ? 1 : 0);
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        boolean exact = !call.hasInput("gate_a") && !call.hasInput("gate_b");
        return exact && !call.input("a").shape().isEmpty()
                ? List.of(new Probe(
                        "integers(-2,2)", false, "terms of a sum are missing, repeated or taken from elsewhere"))
                : List.of();
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        String other = outgoing(call) ? "incoming" : "outgoing";
        return List.of(Rereading.of(call, inputs)
                .attribute("direction", new Attribute.Text(other))
                .as("misplaced", "edges are taken for " + other + " ones"));
    }
}
