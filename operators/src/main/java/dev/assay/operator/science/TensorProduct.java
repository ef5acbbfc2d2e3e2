package dev.assay.operator.science;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Equivariant product of features and spherical harmonics, channel by channel:
/// `out[e,c,l3 m3] = Σ_p weights[e,p,c] / sqrt(P(l3)) Σ_{m1,m2} C_p[m1,m2,m3] · x[e,c,l1 m1] · y[e,l2 m2]`.
///
/// - inputs: `x [e,c,(lmax_in+1)²]`, `y [e,(lmax_edge+1)²]`, `weights [e,p,c]`, one to each path and
///   channel
/// - output: `[e,c,(lmax_out+1)²]`; degrees one after the other, orders from -l to l
/// - paths p are all (l1, l2, l3) with |l1 - l2| <= l3 <= l1 + l2, l1 slowest, l3 fastest; P(l3) counts
///   those that end in l3, and what no path reaches is 0
/// - `C_p` are Clebsch-Gordan coefficients between real harmonics whose squares add up to 2 l3 + 1: e3nn's
///   3j symbols times its factor for `irrep_normalization` component; 1/sqrt(P) is its
///   `path_normalization` element
/// - error: each term is the product of four numbers and a coefficient that is rounded itself; at most two
///   terms differ in m2 alone (the coefficients of real harmonics are so sparse), so that summing these
///   first adds no more than two roundings to each
/// - source: e3nn 0.5, `o3.TensorProduct` with instructions `uvu`, as in MACE 0.3 (`conv_tp`)
public final class TensorProduct extends NamedOperator {
    private static final int HIGHEST = 3;
    /// Variances of single roundings in a term: coefficient and factor, three products, four for partial
    /// sums of two.
    private static final int ROUNDINGS = 10;

    public TensorProduct() {
        super(
                "tensor_product",
                "",
                new About(
                        "out[e,c,l3] = Σ_p weights[e,p,c] / sqrt(P) C_p (x[e,c,l1] ⊗ y[e,l2])",
                        "e3nn 0.5, o3.TensorProduct with instructions uvu; MACE 0.3",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("x", "T", Signature.floats(), "features [e,c,(lmax_in+1)²]"),
                                Parameter.required("y", "T", Signature.floats(), "harmonics [e,(lmax_edge+1)²]"),
                                Parameter.required("weights", "T", Signature.floats(), "[e,paths,c]")),
                        List.of(Parameter.required("out", "T", Signature.floats(), "[e,c,(lmax_out+1)²]")),
                        List.of(
                                AttributeSpec.integer("lmax_in", 1, "highest degree of x, 0 to 3"),
                                AttributeSpec.integer("lmax_edge", 2, "highest degree of y, 0 to 3"),
                                AttributeSpec.integer("lmax_out", 1, "highest degree of out, 0 to 3"))));
    }

    /// A path, by its degrees and its number.
    private record Path(int number, int l1, int l2, int l3) {}

    private int degree(Call call, String attribute) {
        long degree = call.attributes().integer(attribute);
        require(
                degree >= 0 && degree <= HIGHEST,
                attribute + " " + degree,
                "attribute " + attribute,
                "give a number from 0 to " + HIGHEST);
        return (int) degree;
    }

    private List<Path> paths(Call call) {
        List<Path> paths = new ArrayList<>();
        int out = degree(call, "lmax_out");
        for (int l1 = 0; l1 <= degree(call, "lmax_in"); l1++) {
            for (int l2 = 0; l2 <= degree(call, "lmax_edge"); l2++) {
                for (int l3 = Math.abs(l1 - l2); l3 <= Math.min(out, l1 + l2); l3++) {
                    paths.add(new Path(paths.size(), l1, l2, l3));
                }
            }
        }
        return paths;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape x = call.input("x").shape();
        Shape y = call.input("y").shape();
        long in = degree(call, "lmax_in") + 1L;
        long edge = degree(call, "lmax_edge") + 1L;
        long out = degree(call, "lmax_out") + 1L;
        require(x.rank() == 3 && x.dim(2) == in * in, "x " + x, "x", "give it the shape [e,c," + in * in + "]");
        require(
                y.equals(Shape.of(x.dim(0), edge * edge)),
                "y " + y,
                "y",
                "give it the shape [" + x.dim(0) + "," + edge * edge + "]");
        Shape weights = Shape.of(x.dim(0), paths(call).size(), x.dim(1));
        require(
                call.input("weights").shape().equals(weights),
                "weights " + call.input("weights").shape(),
                "weights",
                "give them the shape " + weights);
        return List.of(TensorSpec.of(call.input("x").dtype(), x.dim(0), x.dim(1), out * out));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("x");
        Tensor y = inputs.get("y");
        Tensor weights = inputs.get("weights");
        Shape shape = outputs(call).getFirst().shape();
        LineArithmetic arithmetic = new LineArithmetic(contract, x.dtype(), shape.elements());
        List<Path> paths = paths(call);
        List<DoubleDouble[][][]> blocks = paths.stream()
                .map(path -> ClebschGordan.block(path.l1(), path.l2(), path.l3()))
                .toList();
        long channels = shape.dim(1);
        long width = shape.dim(2);
        return new LineOracle(4 * paths.size(), List.of(LineOracle.Layout.runs(shape, 1))) {
            @Override
            protected Line line(long number, Observed device) {
                long edge = number / width / channels;
                long channel = number / width % channels;
                int place = (int) (number % width);
                int degree = (int) Math.sqrt(place);
                int order = place - degree * degree;
                List<DoubleDouble> terms = new ArrayList<>();
                List<Path> mine =
                        paths.stream().filter(path -> path.l3() == degree).toList();
                DoubleDouble factor = DoubleDouble.ONE.dividedBy(
                        DoubleDouble.of(Math.max(1, mine.size())).sqrt());
                for (Path path : mine) {
                    DoubleDouble weight =
                            factor.times(weights.get((edge * paths.size() + path.number()) * channels + channel));
                    for (int m1 = 0; m1 < 2 * path.l1() + 1; m1++) {
                        for (int m2 = 0; m2 < 2 * path.l2() + 1; m2++) {
                            DoubleDouble coefficient = blocks.get(path.number())[m1][m2][order];
                            if (Math.abs(coefficient.hi()) > 1e-20) {
                                double left = x.get(
                                        (edge * channels + channel) * x.shape().dim(2)
                                                + (long) path.l1() * path.l1()
                                                + m1);
                                double right = y.get(edge * y.shape().dim(1) + (long) path.l2() * path.l2() + m2);
                                terms.add(weight.times(coefficient).times(left).times(right));
                            }
                        }
                    }
                }
                Estimate sum = sum(arithmetic, terms);
                return (output, position, into, to) -> put(sum, into, to);
            }
        };
    }

    private static Estimate sum(LineArithmetic arithmetic, List<DoubleDouble> all) {
        if (all.isEmpty()) {
            return Estimate.exact(0);
        }
        double[] terms = all.stream().mapToDouble(DoubleDouble::hi).toArray();
        double[] rests = all.stream().mapToDouble(DoubleDouble::lo).toArray();
        double squares = 0;
        double sizes = 0;
        for (double term : terms) {
            squares += term * term;
            sizes += Math.abs(term);
        }
        double sigma = arithmetic.unit() * Math.sqrt(ROUNDINGS * squares);
        Estimate sum = arithmetic.sum(terms, rests, sigma);
        if (!Double.isFinite(sizes)) {
            return sum.doubting(Estimate.OPEN);
        }
        // Coefficients and factors are the same for every edge and channel, and so are their roundings.
        double systematic = Math.min(sum.sigma(), 2 * arithmetic.unit() * sizes);
        return new Estimate(
                sum.value(),
                sum.sigma(),
                sum.certain() + 4 * terms.length * arithmetic.quantum(),
                systematic,
                sum.doubts());
    }

    @Override
    public Cost cost(Call call) {
        double terms = 0;
        for (Path path : paths(call)) {
            terms += 2.0 * (2 * path.l1() + 1) * (2 * path.l3() + 1);
        }
        Shape x = call.input("x").shape();
        return new Cost(4 * terms * x.dim(0) * x.dim(1), call.tensorBytes());
    }

    @Override
    public double referenceFlops(Call call) {
        return 20 * cost(call).flops();
    }

    /// Other signs of coupling, and degrees that are normalised in another way, are other weights of paths.
    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        List<Path> paths = paths(call);
        return List.of(
                weighted(call, inputs, path -> (path.l1() + path.l2() + path.l3()) % 2 == 0 ? 1 : -1)
                        .as("sign", "paths whose degrees add up to an odd number have the other sign"),
                weighted(call, inputs, path -> Math.sqrt(2.0 * path.l3() + 1))
                        .as("scale", "degrees are multiplied by the root of 2l + 1 once more"),
                weighted(call, inputs, path -> 1 / Math.sqrt(2.0 * path.l3() + 1))
                        .as("scale", "degrees are not multiplied by the root of 2l + 1"),
                weighted(
                                call,
                                inputs,
                                path -> Math.sqrt((double) paths.stream()
                                        .filter(other -> other.l3() == path.l3())
                                        .count()))
                        .as("scale", "paths are not divided by the root of their number"));
    }

    private Rereading weighted(Call call, Inputs inputs, ToDoubleFunction<Path> factor) {
        Tensor weights = inputs.get("weights");
        double[] factors = paths(call).stream().mapToDouble(factor).toArray();
        long channels = weights.shape().dim(2);
        return Rereading.of(call, inputs)
                .input(
                        "weights",
                        DType.F64,
                        weights.shape(),
                        i -> weights.get(i) * factors[Math.toIntExact(i / channels % factors.length)]);
    }
}
