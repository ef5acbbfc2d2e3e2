package dev.assay.operator.position;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.FormulaOracle;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Rotary position embedding of queries and keys whose angles the kernel works out: the pair i of a head turns by
/// `position · θ^(-2i/r)`.
///
/// - inputs: `q [tokens,h,d]`, `k [tokens,g,d]` (optional), `positions [tokens]`, or `[3,tokens]` with `sections`
/// - pairs: elements i and i + r/2 (layout neox) or 2i and 2i + 1 (gptj); r is `rotary_dim`, 0 stands for d; elements
///   from r on are copied
/// - YaRN (`yarn_factor` above 1): the frequency becomes `f/factor · (1 - m) + f · m`, with m falling from 1 to 0
/// between
///   the pairs that turn `beta_fast` and `beta_slow` times over `original_positions`; cosine and sine are multiplied by
///   `attention_factor · (0.1 ln(factor) + 1)`
/// - sections: numbers of pairs that take the first, second and third row of positions (time, height, width)
/// - error: angles are products in the working type, so that an error of few ulps of a large angle is one of the
///   rotation (FP32_ANGLE); `rope_in_place` writes in the memory of its inputs
/// - source: Su et al., arXiv 2104.09864; YaRN, arXiv 2309.00071; vLLM 0.10, rotary_embedding; Qwen2-VL for sections
public final class Rope implements Operator {
    private static final Set<DType> FLOATS = Signature.only(DType.F32, DType.F16, DType.BF16);

    /// What a kernel may do wrong on its way to the angles.
    private enum Slip {
        NONE,
        /// Sines have the other sign.
        BACKWARDS,
        /// Cosines and sines are rounded to bf16.
        ROUNDED_ANGLES,
        /// Inverse frequencies, the powers of theta, are rounded to bf16.
        ROUNDED_FREQUENCIES
    }

    private final boolean inPlace;
    private final Slip slip;

    public Rope(boolean inPlace) {
        this(inPlace, Slip.NONE);
    }

    private Rope(boolean inPlace, Slip slip) {
        this.inPlace = inPlace;
        this.slip = slip;
    }

    @Override
    public String name() {
        return inPlace ? "rope_in_place" : "rope";
    }

    @Override
    public About about() {
        return new About(
                "pair i of a head turns by position · theta^(-2i/r)" + (inPlace ? ", in place" : ""),
                "vLLM 0.10, rotary_embedding",
                About.Errors.ELEMENTWISE);
    }

    @Override
    public Signature signature() {
        Parameter q = Parameter.required("q_out", "T", FLOATS, "like q");
        Parameter k = Parameter.optional("k_out", "T", FLOATS, "like k");
        return new Signature(
                List.of(
                        Parameter.required("q", "T", FLOATS, "[tokens,h,d]"),
                        Parameter.required(
                                "positions", "I", Signature.only(DType.I64, DType.I32), "[tokens] or [3,tokens]"),
                        Parameter.optional("k", "T", FLOATS, "[tokens,g,d]")),
                List.of(inPlace ? q.inPlaceOf("q") : q, inPlace ? k.inPlaceOf("k") : k),
                List.of(
                        AttributeSpec.real("theta", 10000, "base of the frequencies"),
                        AttributeSpec.integer("rotary_dim", 0, "r: elements of a head to rotate; 0: all"),
                        new AttributeSpec(
                                "layout",
                                Attribute.Text.class,
                                Optional.of(new Attribute.Text("neox")),
                                "neox: pairs are half the size apart; gptj: they are neighbours"),
                        AttributeSpec.optional(
                                "sections", Attribute.Ints.class, "pairs that take each row of positions"),
                        AttributeSpec.real("yarn_factor", 1, "by how much YaRN extends the context; 1: not"),
                        AttributeSpec.integer("original_positions", 4096, "context before YaRN"),
                        AttributeSpec.real("beta_fast", 32, "turns from which YaRN leaves a frequency as it is"),
                        AttributeSpec.real("beta_slow", 1, "turns up to which it divides a frequency"),
                        AttributeSpec.real("attention_factor", 1, "further factor of YaRN on cosine and sine")));
    }

    private InvalidCallException invalid(String what, String fix) {
        return new InvalidCallException(what, name(), fix);
    }

    private int rotated(Call call) {
        long d = call.input("q").shape().dim(2);
        long asked = call.attributes().integer("rotary_dim");
        long r = asked == 0 ? d : asked;
        if (r < 0 || r > d || r % 2 != 0) {
            throw invalid("rotary_dim " + asked + " with heads of " + d, "give an even number up to the head size");
        }
        return Math.toIntExact(r);
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape q = call.input("q").shape();
        Shape k = call.hasInput("k") ? call.input("k").shape() : Shape.of(q.rank() == 3 ? q.dim(0) : 0, 0, 0);
        if (q.rank() != 3 || k.rank() != 3 || k.dim(0) != q.dim(0) || (call.hasInput("k") && k.dim(2) != q.dim(2))) {
            throw invalid("q " + q + ", k " + k, "give them the shapes [tokens,h,d] and [tokens,g,d]");
        }
        int half = rotated(call) / 2;
        boolean sectioned = call.attributes().has("sections");
        Shape positions = call.input("positions").shape();
        Shape right = sectioned ? Shape.of(3, q.dim(0)) : Shape.of(q.dim(0));
        if (!positions.equals(right)) {
            throw invalid("positions " + positions, "give it the shape " + right);
        }
        if (sectioned) {
            List<Long> sections = call.attributes().integers("sections");
            boolean fits = sections.size() == 3
                    && sections.stream().allMatch(size -> size >= 0)
                    && sections.stream().mapToLong(size -> size).sum() == half;
            if (!fits) {
                throw invalid("sections " + sections, "give three numbers that add up to " + half);
            }
        }
        String layout = call.attributes().text("layout");
        if (!layout.equals("neox") && !layout.equals("gptj")) {
            throw invalid("layout " + layout, "give neox or gptj");
        }
        boolean inRange = call.attributes().real("theta") > 1
                && call.attributes().real("yarn_factor") >= 1
                && call.attributes().integer("original_positions") > 0
                && call.attributes().real("beta_slow") > 0
                && call.attributes().real("beta_fast") > call.attributes().real("beta_slow");
        if (!inRange) {
            throw invalid(
                    "theta, yarn_factor, original_positions or betas out of range",
                    "give theta above 1, a factor from 1, positions above 0, and beta_fast above beta_slow above 0");
        }
        TensorSpec first = TensorSpec.dense(call.input("q").dtype(), q);
        return call.hasInput("k") ? List.of(first, TensorSpec.dense(first.dtype(), k)) : List.of(first);
    }

    /// Frequencies of all pairs, and the factor on cosine and sine.
    private static final class Frequencies {
        final double[] values;
        /// Bound of the relative error of each.
        final double[] errors;
        final double magnitude;

        Frequencies(Call call, int r, WorkingArithmetic arithmetic) {
            double theta = call.attributes().real("theta");
            double factor = call.attributes().real("yarn_factor");
            double unit = arithmetic.type().unitRoundoff();
            double function = 2
                    * Math.max(
                            arithmetic.contract().functionUlps(),
                            arithmetic.contract().expUlps());
            double low = turning(call, call.attributes().real("beta_fast"), r, theta);
            double high = turning(call, call.attributes().real("beta_slow"), r, theta);
            double from = Math.max(0, Math.floor(low));
            double to = Math.min(r - 1.0, Math.ceil(high));
            values = new double[r / 2];
            errors = new double[r / 2];
            magnitude = factor > 1 ? call.attributes().real("attention_factor") * (0.1 * Math.log(factor) + 1) : 1;
            for (int i = 0; i < r / 2; i++) {
                double exponent = 2.0 * i / r;
                double plain = Math.pow(theta, -exponent);
                double kept = 1 - Math.clamp((i - from) / (to > from ? to - from : 0.001), 0, 1);
                values[i] = factor > 1 ? plain / factor * (1 - kept) + plain * kept : plain;
                // As 1/θ^x, or as an exponential of x ln θ: of its argument three roundings are the result's.
                double ofPower = i == 0 ? 0 : function + 2 + 3 * exponent * Math.log(theta);
                double ofRamp = factor > 1 ? 6 * plain / values[i] : 0;
                errors[i] = unit * (ofPower + ofRamp);
            }
        }

        /// The pair that turns this often over the original positions.
        private static double turning(Call call, double turns, int r, double theta) {
            double positions = (double) call.attributes().integer("original_positions");
            return r * Math.log(positions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
        }
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        int r = rotated(call);
        WorkingArithmetic arithmetic =
                new WorkingArithmetic(contract, call.input("q").dtype());
        Frequencies frequencies = new Frequencies(call, r, arithmetic);
        if (slip == Slip.ROUNDED_FREQUENCIES) {
            for (int i = 0; i < frequencies.values.length; i++) {
                // Kernels keep powers of theta, and divide by them.
                frequencies.values[i] = 1 / DType.BF16.round(1 / frequencies.values[i]);
            }
        }
        int[] rows = new int[r / 2];
        if (call.attributes().has("sections")) {
            int pair = 0;
            List<Long> sections = call.attributes().integers("sections");
            for (int section = 0; section < sections.size(); section++) {
                for (long n = 0; n < sections.get(section); n++) {
                    rows[pair++] = section;
                }
            }
        }
        List<FormulaOracle.Output> outputs = new ArrayList<>();
        for (String input : List.of("q", "k")) {
            Shape shape = inputs.has(input) ? inputs.get(input).shape() : Shape.of(0, 0, 0);
            outputs.add(new FormulaOracle.Output(shape, call.input("q").dtype(), at -> {
                Tensor x = inputs.get(input);
                long number = (at[0] * shape.dim(1) + at[1]) * shape.dim(2) + at[2];
                return element(call, x, number, at[2], r, arithmetic, pair -> {
                    long position = rows[pair] * shape.dim(0) + at[0];
                    return angle(inputs.get("positions").get(position), pair, frequencies, arithmetic);
                });
            }));
        }
        return new FormulaOracle(outputs);
    }

    private interface Angles {
        /// Cosine and sine of a pair.
        Approx[] of(int pair);
    }

    private static Approx element(
            Call call, Tensor x, long number, long c, int r, WorkingArithmetic arithmetic, Angles angles) {
        Approx own = arithmetic.of(x.get(number));
        if (c >= r) {
            return own;
        }
        boolean neighbours = call.attributes().text("layout").equals("gptj");
        int half = r / 2;
        boolean first = neighbours ? c % 2 == 0 : c < half;
        int pair = Math.toIntExact(neighbours ? c / 2 : c % half);
        Approx partner = arithmetic.of(x.get(number + (neighbours ? 1L : half) * (first ? 1 : -1)));
        Approx[] table = angles.of(pair);
        return RotaryEmbedding.rotated(arithmetic, own, partner, table[0], table[1], first);
    }

    private Approx[] angle(double position, int pair, Frequencies frequencies, WorkingArithmetic arithmetic) {
        double angle = position * frequencies.values[pair];
        double unit = arithmetic.type().unitRoundoff();
        boolean exact = frequencies.errors[pair] == 0;
        double moved = exact ? 0 : Math.abs(angle) * (frequencies.errors[pair] + unit);
        double function = 2 * arithmetic.contract().functionUlps() * unit;
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        double scale = frequencies.magnitude;
        // The constant of YaRN, and its product, round too.
        double scaled = scale == 1 ? 0 : 3 * unit;
        double second = moved * moved / 2;
        double offCos = Math.abs(sin) * moved + second + function + scaled;
        double offSin = Math.abs(cos) * moved + second + function + scaled;
        return new Approx[] {
            slipped(cos, offCos, scale, arithmetic),
            slipped(slip == Slip.BACKWARDS ? -sin : sin, offSin, scale, arithmetic)
        };
    }

    /// @param off by how much the value may be off
    private Approx slipped(double value, double off, double scale, WorkingArithmetic arithmetic) {
        if (slip != Slip.ROUNDED_ANGLES) {
            return arithmetic.within(scale * value, 0, scale * off);
        }
        double least = DType.BF16.round(value - off);
        double most = DType.BF16.round(value + off);
        double rounded = (least + most) / 2;
        return arithmetic.within(scale * rounded, 0, scale * (most - least) / 2);
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        return List.of(
                right.as("sign", "heads are turned the other way").by(new Rope(inPlace, Slip.BACKWARDS)),
                right.as("narrow-intermediate", "cosines and sines are kept in bf16")
                        .by(new Rope(inPlace, Slip.ROUNDED_ANGLES)),
                right.as("narrow-intermediate", "inverse frequencies are kept in bf16")
                        .by(new Rope(inPlace, Slip.ROUNDED_FREQUENCIES)));
    }

    @Override
    public Cost cost(Call call) {
        Shape q = call.input("q").shape();
        double heads = q.dim(1) + (call.hasInput("k") ? call.input("k").shape().dim(1) : 0.0);
        return new Cost(3.0 * q.dim(0) * heads * rotated(call), call.tensorBytes());
    }

    /// Positions of up to a million tokens.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return input.equals("positions")
                ? Fills.of("integers", 0, 1_048_575)
                : Operator.super.fill(call, input, dataSet);
    }
}
