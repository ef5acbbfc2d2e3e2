package dev.assay.operator.science;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Real spherical harmonics of vectors, degrees 0 to `lmax`.
///
/// - input: `vectors [e,3]`, as x, y, z
/// - output: `[e,(lmax+1)²]`, degree by degree, orders -l to l, y as the axis: degree 1 is x, y, z
/// - `normalize` 1 divides each vector by its length first; one of length 0 stays, and so do 0 its
///   harmonics
/// - `normalization`: `norm` gives every degree a squared sum of 1 on the sphere, `component` of 2l+1,
///   `integral` of (2l+1) / 4π
/// - the polynomials are those of the source, evaluated as it does; other forms differ by roundings of the
///   same terms
/// - source: e3nn 0.5, `o3.spherical_harmonics`
public final class SphericalHarmonics extends NamedOperator {
    private static final int HIGHEST = 3;
    private static final double SAFE = 0x1p40;

    public SphericalHarmonics() {
        super(
                "spherical_harmonics",
                "",
                new About(
                        "Y[e] = real harmonics of vectors[e], degrees 0 to lmax",
                        "e3nn 0.5, o3.spherical_harmonics",
                        About.Errors.ELEMENTWISE),
                new Signature(
                        List.of(Parameter.required("vectors", "T", Signature.floats(), "[e,3]")),
                        List.of(Parameter.required("Y", "T", Signature.floats(), "[e,(lmax+1)²]")),
                        List.of(
                                AttributeSpec.integer("lmax", 2, "highest degree, 0 to 3"),
                                AttributeSpec.integer("normalize", 1, "1: vectors are divided by their lengths"),
                                new AttributeSpec(
                                        "normalization",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("integral")),
                                        "norm, component or integral"))));
    }

    /// Factor on a degree that is normalised by `norm`.
    private double factor(Call call, int degree) {
        return switch (call.attributes().text("normalization")) {
            case "norm" -> 1;
            case "component" -> Math.sqrt(2.0 * degree + 1);
            case "integral" -> Math.sqrt((2.0 * degree + 1) / (4 * Math.PI));
            default ->
                throw invalid(
                        "normalization " + call.attributes().text("normalization"),
                        "attribute normalization",
                        "give norm, component or integral");
        };
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape vectors = call.input("vectors").shape();
        long lmax = call.attributes().integer("lmax");
        long normalize = call.attributes().integer("normalize");
        require(vectors.rank() == 2 && vectors.dim(1) == 3, "vectors " + vectors, "vectors", "give the shape [e,3]");
        require(lmax >= 0 && lmax <= HIGHEST, "lmax " + lmax, "attribute lmax", "give a number from 0 to " + HIGHEST);
        require(normalize == 0 || normalize == 1, "normalize " + normalize, "attribute normalize", "give 0 or 1");
        factor(call, 0);
        return List.of(TensorSpec.of(call.input("vectors").dtype(), vectors.dim(0), (lmax + 1) * (lmax + 1)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor vectors = inputs.get("vectors");
        Shape shape = outputs(call).getFirst().shape();
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, vectors.dtype());
        boolean normalize = call.attributes().integer("normalize") == 1;
        FormulaOracle.Formula formula = at -> {
            Approx[] v = new Approx[3];
            double size = 0;
            for (int axis = 0; axis < 3; axis++) {
                v[axis] = arithmetic.of(vectors.get(at[0] * 3 + axis));
                size = Math.max(size, Math.abs(v[axis].value()));
            }
            // Squares of others leave the range of some type.
            if (size != 0 && !(size > 1 / SAFE && size < SAFE)) {
                return arithmetic.anything();
            }
            if (normalize && size > 0) {
                Approx length =
                        v[0].squared().plus(v[1].squared()).plus(v[2].squared()).sqrt();
                for (int axis = 0; axis < 3; axis++) {
                    Approx inverse = arithmetic.constant(1).dividedBy(length);
                    v[axis] = v[axis].dividedBy(length).or(v[axis].times(inverse));
                }
            }
            int degree = (int) Math.sqrt((double) at[1]);
            Approx y = polynomial(arithmetic, v[0], v[1], v[2], Math.toIntExact(at[1]));
            double factor = factor(call, degree);
            return factor == 1 ? y : y.times(constant(arithmetic, factor));
        };
        return new FormulaOracle(List.of(new FormulaOracle.Output(shape, vectors.dtype(), formula)));
    }

    /// A root that the reference has rounded too.
    private static Approx constant(WorkingArithmetic arithmetic, double value) {
        return arithmetic.within(value, 3 * arithmetic.type().unitRoundoff() * Math.abs(value));
    }

    /// Harmonics by `norm`.
    ///
    /// @param number within the output's row: l² + l + m
    private static Approx polynomial(WorkingArithmetic arithmetic, Approx x, Approx y, Approx z, int number) {
        Approx squares = x.squared().plus(z.squared());
        Approx root3 = constant(arithmetic, Math.sqrt(3));
        Approx first2 = root3.times(x).times(z);
        Approx last2 = z.squared().minus(x.squared()).times(root3.times(0.5));
        Approx around = y.squared().times(4).minus(squares);
        return switch (number) {
            case 0 -> arithmetic.of(1);
            case 1 -> x;
            case 2 -> y;
            case 3 -> z;
            case 4 -> first2;
            case 5 -> root3.times(x).times(y);
            case 6 -> y.squared().minus(squares.times(0.5));
            case 7 -> root3.times(y).times(z);
            case 8 -> last2;
            case 9 -> first2.times(z).plus(last2.times(x)).times(constant(arithmetic, Math.sqrt(5.0 / 6)));
            case 10 -> first2.times(y).times(constant(arithmetic, Math.sqrt(5)));
            case 11 -> around.times(x).times(constant(arithmetic, Math.sqrt(3.0 / 8)));
            case 12 -> y.times(y.squared().times(2).minus(squares.times(3))).times(0.5);
            case 13 -> around.times(z).times(constant(arithmetic, Math.sqrt(3.0 / 8)));
            case 14 -> last2.times(y).times(constant(arithmetic, Math.sqrt(5)));
            default -> last2.times(z).minus(first2.times(x)).times(constant(arithmetic, Math.sqrt(5.0 / 6)));
        };
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(4.0 * outputs(call).getFirst().shape().elements(), call.tensorBytes());
    }

    @Override
    public double referenceFlops(Call call) {
        return 20 * cost(call).flops();
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        List<Misreading> all = new ArrayList<>();
        Rereading right = Rereading.of(call, inputs);
        for (String other : List.of("norm", "component", "integral")) {
            if (!other.equals(call.attributes().text("normalization"))) {
                all.add(right.attribute("normalization", new Attribute.Text(other))
                        .as("scale", "degrees are normalised by " + other));
            }
        }
        all.add(right.attribute(
                        "normalize", new Attribute.Int(1 - call.attributes().integer("normalize")))
                .as("attribute", "vectors are normalised where they should not be, or the other way round"));
        return all;
    }
}
