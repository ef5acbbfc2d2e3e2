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
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// Distances expanded in radial functions.
///
/// ```
/// bessel      Y[e,n] = sqrt(2/c) sin((n+1) π r/c) / r · f(r/c)
///             f(x) = 1 - (p+1)(p+2)/2 x^p + p(p+2) x^(p+1) - p(p+1)/2 x^(p+2) for x < 1, else 0
/// gaussian    Y[e,n] = exp(-(r - μ_n)² / (2 Δ²)), μ_n = n Δ, Δ = c / (num_basis - 1)
/// ```
///
/// - input: `r [e]`, distances; where they are not finite, and for functions of Bessel where they are not above 0,
///   anything may stand
/// - output: `[e,num_basis]`
/// - within a few roundings of the cutoff a kernel may take a distance for either side of it
/// - source: Gasteiger, Groß and Günnemann, DimeNet, ICLR 2020, equations 7 and 8, in the form of MACE 0.3
///   (`BesselBasis` times `PolynomialCutoff`, p = 6); Schütt et al., SchNet, 2017, as PyTorch Geometric
///   2.6 has it (`GaussianSmearing` from 0)
public final class RadialBasis extends NamedOperator {
    /// Roundings between two ways to the same argument: constants, products, quotients.
    private static final int ROUNDINGS = 8;

    public RadialBasis() {
        super(
                "radial_basis",
                "",
                new About(
                        "Y[e,n] = sqrt(2/c) sin((n+1) π r/c) / r · f(r/c), or Gaussians of r",
                        "Gasteiger et al. 2020 (DimeNet), MACE 0.3; Schütt et al. 2017 (SchNet)",
                        About.Errors.ELEMENTWISE),
                new Signature(
                        List.of(Parameter.required("r", "T", Signature.floats(), "distances [e]")),
                        List.of(Parameter.required("Y", "T", Signature.floats(), "[e,num_basis]")),
                        List.of(
                                new AttributeSpec(
                                        "basis",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("bessel")),
                                        "bessel or gaussian"),
                                AttributeSpec.real("cutoff", 5, "c, in units of r, above 0"),
                                AttributeSpec.integer("num_basis", 8, "functions; at least 2 Gaussians"),
                                AttributeSpec.integer("p", 6, "exponent of the cutoff's polynomial, from 1"))));
    }

    private boolean bessel(Call call) {
        return switch (call.attributes().text("basis")) {
            case "bessel" -> true;
            case "gaussian" -> false;
            default ->
                throw invalid("basis " + call.attributes().text("basis"), "attribute basis", "give bessel or gaussian");
        };
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape r = call.input("r").shape();
        long count = call.attributes().integer("num_basis");
        double cutoff = call.attributes().real("cutoff");
        long p = call.attributes().integer("p");
        require(r.rank() == 1, "r " + r, "r", "give it the shape [e]");
        require(
                count >= (bessel(call) ? 1 : 2) && count <= 1 << 20,
                "num_basis " + count,
                "attribute num_basis",
                "give a number from " + (bessel(call) ? 1 : 2));
        require(
                cutoff > 0 && cutoff < Double.MAX_VALUE,
                "cutoff " + cutoff,
                "attribute cutoff",
                "give a positive number");
        require(p >= 1 && p <= 64, "p " + p, "attribute p", "give a number from 1 to 64");
        return List.of(TensorSpec.of(call.input("r").dtype(), r.dim(0), count));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor r = inputs.get("r");
        Shape shape = outputs(call).getFirst().shape();
        WorkingArithmetic arithmetic = new WorkingArithmetic(contract, r.dtype());
        double cutoff = call.attributes().real("cutoff");
        int p = Math.toIntExact(call.attributes().integer("p"));
        boolean bessel = bessel(call);
        double step = cutoff / (shape.dim(1) - 1.0);
        FormulaOracle.Formula formula = at -> {
            double distance = r.get(at[0]);
            if (!(distance < 0x1p60 && distance > (bessel ? 0 : -0x1p60))) {
                return arithmetic.anything();
            }
            return bessel
                    ? bessel(arithmetic, distance, cutoff, at[1] + 1, p)
                    : gaussian(arithmetic, distance, step, at[1]);
        };
        return new FormulaOracle(List.of(new FormulaOracle.Output(shape, r.dtype(), formula)));
    }

    private static Approx near(WorkingArithmetic arithmetic, double value, double roundings) {
        return arithmetic.within(value, roundings * arithmetic.type().unitRoundoff() * Math.abs(value));
    }

    private static Approx gaussian(WorkingArithmetic arithmetic, double r, double step, long n) {
        Approx offset = arithmetic.of(r).minus(near(arithmetic, n * step, ROUNDINGS / 2.0));
        return offset.squared()
                .times(near(arithmetic, -0.5 / (step * step), ROUNDINGS))
                .exp();
    }

    private static Approx bessel(WorkingArithmetic arithmetic, double r, double cutoff, long n, int p) {
        double x = r / cutoff;
        double band = ROUNDINGS * arithmetic.type().unitRoundoff();
        if (x > 1 + band) {
            return arithmetic.of(0);
        }
        Approx wave = near(arithmetic, n * Math.PI * x, ROUNDINGS).smooth(Math::sin, 1);
        Approx plain = wave.times(arithmetic.constant(2 / cutoff).sqrt()).dividedBy(arithmetic.of(r));
        Approx envelope = envelope(arithmetic, x, p);
        if (Math.abs(x - 1) <= band) {
            // Beyond the cutoff by the one rounding, within it by the other.
            double left = Math.abs(envelope.value()) + envelope.error();
            envelope = arithmetic.within(x < 1 ? envelope.value() : 0, left);
        }
        return plain.times(envelope);
    }

    /// The powers come by products or by the function, whichever errs more.
    private static Approx envelope(WorkingArithmetic arithmetic, double x, int p) {
        double relative = 3.0 * p + Math.max(p, 2 * arithmetic.contract().functionUlps());
        Approx power = near(arithmetic, Math.pow(x, p), relative);
        Approx next = near(arithmetic, Math.pow(x, p + 1), relative + 4);
        Approx last = near(arithmetic, Math.pow(x, p + 2), relative + 8);
        return arithmetic
                .of(1)
                .minus(power.times((p + 1.0) * (p + 2) / 2))
                .plus(next.times(p * (p + 2.0)))
                .minus(last.times(p * (p + 1.0) / 2));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(10.0 * outputs(call).getFirst().shape().elements(), call.tensorBytes());
    }

    /// Distances from near 0 to a little beyond the cutoff, whatever the data.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        super.fill(call, input, dataSet);
        double cutoff = call.attributes().real("cutoff");
        return Fills.of("uniform", cutoff / 64, cutoff * 1.1);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of(Rereading.of(call, inputs)
                .attribute("p", new Attribute.Int(call.attributes().integer("p") == 6 ? 5 : 6))
                .as("attribute", "the cutoff's polynomial has another exponent"));
    }
}
