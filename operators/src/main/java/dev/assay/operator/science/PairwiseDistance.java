package dev.assay.operator.science;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
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
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// Euclidean distances of points: `D[..,i,j] = sqrt(Σ_k (x1[..,i,k] - x2[..,j,k])²)`.
///
/// - inputs: `x1 [..,m,k]`, `x2 [..,n,k]`, the same leading dimensions
/// - output: `[..,m,n]`
/// - `compute_mode` says how a kernel may come to it. From differences the result is right to a few
///   roundings. From
///   `|x|² + |y|² - 2 x·y`, cut off at 0, the square is off by roundings of `|x|² + |y|²`, however near
///   the points are:
/// an
///   error up to the root of a roundoff, which only calls allow that say so. PyTorch's default takes
///   products where m
/// or n
///   exceeds 25.
/// - source: PyTorch 2.8, `torch.cdist` with p = 2
public final class PairwiseDistance extends NamedOperator {
    /// Points beyond which PyTorch's default multiplies matrices (its documentation of `compute_mode`).
    private static final int FEW = 25;

    public PairwiseDistance() {
        super(
                "pairwise_distance",
                "",
                new About(
                        "D[i,j] = sqrt(Σ_k (x1[i,k] - x2[j,k])²)",
                        "PyTorch 2.8, torch.cdist with p = 2",
                        About.Errors.REDUCTION),
                new Signature(
                        List.of(
                                Parameter.required("x1", "T", Signature.floats(), "points [..,m,k]"),
                                Parameter.required("x2", "T", Signature.floats(), "points [..,n,k]")),
                        List.of(Parameter.required("D", "T", Signature.floats(), "[..,m,n]")),
                        List.of(
                                new AttributeSpec(
                                        "compute_mode",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("donot_use_mm_for_euclid_dist")),
                                        "donot_use_mm_for_euclid_dist: from differences; use_mm_for_euclid_dist: products will "
                                                + "do; use_mm_for_euclid_dist_if_necessary: where there are more than 25 points"))));
    }

    private boolean products(Call call) {
        String mode = call.attributes().text("compute_mode");
        return switch (mode) {
            case "donot_use_mm_for_euclid_dist" -> false;
            case "use_mm_for_euclid_dist" -> true;
            case "use_mm_for_euclid_dist_if_necessary" ->
                Math.max(
                                call.input("x1").shape().dim(-2),
                                call.input("x2").shape().dim(-2))
                        > FEW;
            default ->
                throw invalid(
                        "compute_mode " + mode,
                        "attribute compute_mode",
                        "give donot_use_mm_for_euclid_dist, use_mm_for_euclid_dist or "
                                + "use_mm_for_euclid_dist_if_necessary");
        };
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape x1 = call.input("x1").shape();
        Shape x2 = call.input("x2").shape();
        require(
                x1.rank() >= 2
                        && x1.rank() == x2.rank()
                        && x1.dim(-1) == x2.dim(-1)
                        && x1.slice(0, x1.rank() - 2).equals(x2.slice(0, x2.rank() - 2)),
                "x1 " + x1 + ", x2 " + x2,
                "x1 and x2",
                "give them the shapes [..,m,k] and [..,n,k]");
        products(call);
        return List.of(TensorSpec.dense(call.input("x1").dtype(), x1.with(-1, x2.dim(-2))));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Shape shape = outputs(call).getFirst().shape();
        LineArithmetic arithmetic =
                new LineArithmetic(contract, call.input("x1").dtype(), shape.elements());
        boolean products = products(call);
        int k = Math.toIntExact(call.input("x1").shape().dim(-1));
        long m = shape.dim(-2);
        long n = shape.dim(-1);
        return new LineOracle(k, List.of(LineOracle.Layout.runs(shape, 1))) {
            @Override
            protected Line line(long number, Observed device) {
                double[] x = point(inputs.get("x1"), number / n, k);
                double[] y = point(inputs.get("x2"), number / n / m * n + number % n, k);
                Estimate square = square(arithmetic, x, y);
                if (products) {
                    square = byProducts(arithmetic, square, x, y);
                }
                Estimate distance = root(arithmetic, square);
                return (output, position, into, to) -> put(distance, into, to);
            }
        };
    }

    private static double[] point(Tensor x, long row, int k) {
        double[] values = new double[k];
        x.decode(row * k, k, values, 0);
        return values;
    }

    private static Estimate square(LineArithmetic arithmetic, double[] x, double[] y) {
        double[] differences = new double[x.length];
        double[] rests = new double[x.length];
        boolean exact = true;
        for (int i = 0; i < x.length; i++) {
            DoubleDouble difference = DoubleDouble.sum(x[i], -y[i]);
            differences[i] = difference.hi();
            rests[i] = difference.lo();
            exact &= difference.lo() == 0 && arithmetic.working().round(difference.hi()) == difference.hi();
        }
        return arithmetic.sumOfSquares(differences, rests, exact ? 0 : arithmetic.unit());
    }

    /// With the errors of the three sums, and those of adding them up one after the other.
    ///
    /// The sums of squares may stand first, as in PyTorch's product of `[-2x, |x|², 1]` and `[y, 1,
    /// |y|²]`, so that each addition rounds as much as they.
    private static Estimate byProducts(LineArithmetic arithmetic, Estimate square, double[] x, double[] y) {
        Estimate xx = arithmetic.sumOfSquares(x);
        Estimate yy = arithmetic.sumOfSquares(y);
        double[] terms = new double[x.length];
        double[] rests = new double[x.length];
        for (int i = 0; i < terms.length; i++) {
            terms[i] = 2 * x[i] * y[i];
            rests[i] = Double.isFinite(terms[i]) ? Math.fma(2 * x[i], y[i], -terms[i]) : 0;
        }
        Estimate xy = arithmetic.sum(terms, rests, 0);
        int doubts = xx.doubts() | yy.doubts() | xy.doubts();
        double size = xx.number() + yy.number();
        if (!Double.isFinite(square.number()) || !Double.isFinite(size) || !Double.isFinite(xy.number())) {
            return square.doubting(doubts | Estimate.OPEN);
        }
        if (square.isExact() && xx.isExact() && yy.isExact() && xy.isExact() && isKept(arithmetic, size)) {
            return square;
        }
        double rounding = arithmetic.unit() * size * Math.sqrt(x.length + 2.0);
        double sigma = Math.hypot(Math.hypot(xx.sigma(), yy.sigma()), Math.hypot(xy.sigma(), rounding));
        double certain = xx.certain() + yy.certain() + xy.certain() + 4 * arithmetic.quantum();
        return new Estimate(
                square.value(),
                Math.hypot(sigma, square.sigma()),
                Math.max(certain, square.certain()),
                0,
                doubts | square.doubts());
    }

    /// Whether whole numbers up to twice this one are numbers of the working type; then so are all the
    /// partial sums.
    private static boolean isKept(LineArithmetic arithmetic, double size) {
        return 2 * size <= Math.scalb(1.0, arithmetic.working().precision()) && size == Math.rint(size);
    }

    /// The root, of whatever of the square is not below 0.
    private static Estimate root(LineArithmetic arithmetic, Estimate square) {
        if (square.number() > 0 || square.isExact()) {
            return square.number() == 0 ? Estimate.exact(0) : arithmetic.sqrt(square);
        }
        double most = square.certain() + arithmetic.lambda() * square.sigma();
        return new Estimate(
                square.value().sqrt(), 0, Math.sqrt(most) * (1 + 2 * arithmetic.unit()), 0, square.doubts());
    }

    @Override
    public Cost cost(Call call) {
        double pairs = outputs(call).getFirst().shape().elements();
        return new Cost(3.0 * pairs * call.input("x1").shape().dim(-1), call.tensorBytes());
    }

    @Override
    public double referenceFlops(Call call) {
        return 20 * cost(call).flops();
    }
}
