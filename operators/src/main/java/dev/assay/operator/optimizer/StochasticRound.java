package dev.assay.operator.optimizer;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Rounding to a narrower type that is right on average: each element becomes one of the two numbers next to it, the
/// one of larger size with the probability of how far it lies from the other, in units of their distance.
///
/// - numbers of the narrower type stay as they are, NaN stays NaN
/// - which way an element goes is the generator's own affair; that all of them together are unbiased and decided each
///   anew is what [Trials] says
/// - beyond the largest number of the type a result is that number, or what the type has for overflow
/// - an objection names an element of those that went too often one way, and expects the other
/// - source: Croci et al., Stochastic rounding: implementation, error analysis and applications, R. Soc. Open Sci. 9
/// (2022), mode
///   1 of section 2
public final class StochasticRound extends NamedOperator {
    private static final Set<DType> WIDE = Signature.only(DType.F32, DType.F16, DType.BF16);
    private static final Set<DType> NARROW =
            Signature.only(DType.F16, DType.BF16, DType.F8E4M3, DType.F8E4M3FNUZ, DType.F8E5M2, DType.F8E5M2FNUZ);

    /// How numbers are rounded: at random, or as kernels do that know no chance.
    private enum Form {
        RANDOM,
        NEAREST,
        TOWARD_ZERO
    }

    private final Form form;

    public StochasticRound() {
        this(Form.RANDOM);
    }

    private StochasticRound(Form form) {
        super(
                "stochastic_round",
                "",
                new About(
                        "Y = X rounded up with probability (X - lower) / (upper - lower), else down",
                        "Croci et al. 2022, stochastic rounding",
                        About.Errors.STATISTICAL),
                new Signature(
                        List.of(Parameter.required("X", "T", WIDE, "any shape")),
                        List.of(Parameter.required("Y", "T2", NARROW, "like X")),
                        List.of(
                                new AttributeSpec(
                                        "to",
                                        Attribute.Text.class,
                                        Optional.of(new Attribute.Text("bf16")),
                                        "type of Y, of fewer digits: bf16, f16, f8e4m3, f8e4m3fnuz, f8e5m2, f8e5m2fnuz"),
                                AttributeSpec.integer("seed", 0, "of the generator"))));
        this.form = form;
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        return List.of(
                right.as("other-operator", "numbers are rounded to nearest").by(new StochasticRound(Form.NEAREST)),
                right.as("truncation", "numbers are cut off").by(new StochasticRound(Form.TOWARD_ZERO)));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        String label = call.attributes().text("to");
        TensorSpec x = call.input("X");
        Optional<DType> type = NARROW.stream()
                .filter(one ->
                        one.label().equals(label) && one.precision() < x.dtype().precision())
                .findFirst();
        require(
                type.isPresent(),
                "to is '" + label + "' and X is " + x.dtype(),
                "attribute to",
                "give a type of fewer digits, one of "
                        + NARROW.stream().sorted().map(DType::label).toList());
        return List.of(TensorSpec.dense(type.orElseThrow(), x.shape()));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(4.0 * call.input("X").shape().elements(), call.tensorBytes());
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(inputs.get("X"), outputs(call).getFirst().dtype(), form);
    }

    /// The two numbers next to another, by size.
    private record Neighbours(double smaller, double larger) {
        static Neighbours of(double x, DType type) {
            double size = Math.abs(x);
            double ulp = type.ulp(size);
            double below = Math.floor(size / ulp) * ulp;
            return new Neighbours(Math.copySign(below, x), Math.copySign(below + ulp, x));
        }

        boolean isExact(double x) {
            return smaller == x;
        }

        /// Probability of the larger one.
        double probability(double x) {
            return (x - smaller) / (larger - smaller);
        }
    }

    private static final class Reference implements Oracle {
        private final Tensor x;
        private final DType type;
        private final Form form;

        Reference(Tensor x, DType type, Form form) {
            this.x = x;
            this.type = type;
            this.form = form;
        }

        @Override
        public Shape shape(int output) {
            return x.shape();
        }

        @Override
        public long cluster(int output) {
            return 1;
        }

        /// Whether chance decides on an element.
        private boolean isDrawn(double value) {
            return Math.abs(value) < type.maxFinite()
                    && !Neighbours.of(value, type).isExact(value);
        }

        private OptionalInt unfair(Tensor returned) {
            int elements = Math.toIntExact(x.shape().elements());
            Trials trials = new Trials(elements);
            for (int n = 0; n < elements; n++) {
                double value = x.get(n);
                if (isDrawn(value)) {
                    Neighbours next = Neighbours.of(value, type);
                    trials.note(n, next.probability(value), returned.get(n) == next.larger());
                }
            }
            return trials.unfair(Trials.distances(x.shape().toArray()));
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            Tensor returned = device.output(0);
            OptionalInt unfair = form == Form.RANDOM ? unfair(returned) : OptionalInt.empty();
            for (int i = 0; i < region.elements(); i++) {
                long number = region.number(x.shape(), i);
                double value = x.get(number);
                if (isDrawn(value)) {
                    Neighbours next = Neighbours.of(value, type);
                    if (form != Form.RANDOM) {
                        into.values()[i] = form == Form.NEAREST ? type.round(value) : next.smaller();
                        continue;
                    }
                    double got = returned.get(number);
                    boolean grew = got == next.larger() || (got != next.smaller() && next.probability(value) > 0.5);
                    grew ^= unfair.isPresent() && unfair.getAsInt() == number;
                    into.values()[i] = grew ? next.larger() : next.smaller();
                } else if (Math.abs(value) > type.maxFinite()) {
                    into.values()[i] = Math.copySign(type.maxFinite(), value);
                    into.mark(i, ExpectedBlock.OR_NOT_FINITE);
                } else {
                    into.values()[i] = value;
                }
            }
        }
    }
}
