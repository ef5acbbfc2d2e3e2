package dev.assay.operator.optimizer;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
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
import dev.assay.tensor.Fill;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Elements left out at random: `output = mask · data / (1 - ratio)`, where an element of the mask is 0 with
/// probability
/// `ratio`.
///
/// - without `training_mode` nothing is left out, and the output is the data bit for bit
/// - which elements are left out is the generator's own affair. [Trials] says whether they are too many or too few, or
///   repeat at the distances of rows, vectors and tiles; every element that stays is held against its own bound
/// - where the mask is not asked for, an element that is 0 has been left out; of elements of the data that are 0
/// nothing
///   is known
/// - what is not finite and left out may become 0 or NaN
/// - an objection names an element of the kind of which there are too many, and expects the other
/// - `ratio` outside of [0, 1) leaves all open
/// - source: ONNX Dropout-22
public final class Dropout extends NamedOperator {
    private static final Set<DType> BOOL = Signature.only(DType.BOOL);
    /// What ONNX has where the input is left out.
    static final double USUAL_RATIO = 0.5;

    /// Blocks after which generators repeat themselves that are seeded anew for each.
    private static final List<Long> BLOCKS = List.of(4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 1024L);

    /// How the call is read: right, or as kernels are known to misread it.
    ///
    /// @param scaled whether what stays is scaled
    /// @param offset place of the mask's element that an element of the output goes by, from its own
    /// @param block number of elements after which decisions repeat; 0 for never
    private record Form(boolean scaled, long offset, long block) {}

    private final Form form;

    public Dropout() {
        this(new Form(true, 0, 0));
    }

    private Dropout(Form form) {
        super(
                "dropout",
                "Dropout",
                new About(
                        "output = mask · data / (1 - ratio), mask = 0 with probability ratio",
                        "ONNX Dropout-22",
                        About.Errors.STATISTICAL),
                new Signature(
                        List.of(
                                Parameter.required("data", "T", Signature.floats(), "any shape"),
                                Parameter.optional(
                                        "ratio", "T1", Signature.floats(), "scalar in [0, 1), 0.5 if left out"),
                                Parameter.optionalConstant(
                                        "training_mode", "T2", BOOL, "scalar: 1 if elements are to be left out")),
                        List.of(
                                Parameter.required("output", "T", Signature.floats(), "like data"),
                                Parameter.optional("mask", "T2", BOOL, "like data: 1 for what stays")),
                        List.of(
                                AttributeSpec.optional("seed", Attribute.Int.class, "of the generator"),
                                AttributeSpec.optional(
                                        "ratio",
                                        Attribute.Real.class,
                                        "of opsets before 12, where there was no training: it changes nothing"))));
        this.form = form;
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        if (!trains(call)) {
            return List.of();
        }
        Rereading right = Rereading.of(call, inputs);
        List<Misreading> all = new ArrayList<>();
        all.add(right.as("scale", "what stays is not scaled").by(new Dropout(new Form(false, 0, 0))));
        if (call.hasInput("ratio")) {
            double ratio = inputs.get("ratio").get(0);
            all.add(right.input("ratio", DType.F32, Shape.of(), n -> 1 - ratio)
                    .as("attribute", "ratio is that of elements that stay"));
        }
        if (call.hasOutput("mask")) {
            for (long offset : new long[] {-1, 1}) {
                all.add(right.as(
                                "misplaced",
                                "elements go by the mask of the element " + (offset < 0 ? "before" : "behind"))
                        .by(new Dropout(new Form(true, offset, 0))));
            }
        }
        Shape shape = call.input("data").shape();
        Set<Long> blocks = new LinkedHashSet<>(BLOCKS);
        if (shape.rank() > 0) {
            blocks.add(shape.dim(-1));
        }
        for (long block : blocks) {
            if (block > 1 && 2 * block <= shape.elements()) {
                all.add(right.as("terms-repeated", "elements of all blocks of " + block + " are left out alike")
                        .by(new Dropout(new Form(true, 0, block))));
            }
        }
        return all;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        for (String scalar : List.of("ratio", "training_mode")) {
            require(
                    !call.hasInput(scalar) || call.input(scalar).shape().rank() == 0,
                    scalar + " is no scalar",
                    "input " + scalar,
                    "give it the shape []");
        }
        TensorSpec data = call.input("data");
        return List.of(TensorSpec.dense(data.dtype(), data.shape()), TensorSpec.dense(DType.BOOL, data.shape()));
    }

    @Override
    public Cost cost(Call call) {
        return new Cost(10.0 * call.input("data").shape().elements(), call.tensorBytes());
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return input.equals("ratio") ? TensorStep.scalar(dataSet, 0.1) : super.fill(call, input, dataSet);
    }

    static boolean trains(Call call) {
        return call.constants().getOrDefault("training_mode", List.of(0L)).getFirst() != 0;
    }

    /// `x / (1 - ratio)`, or x times the reciprocal.
    static Approx scaled(WorkingArithmetic arithmetic, Approx x, Approx ratio) {
        Approx stays = arithmetic.of(1).minus(ratio);
        return x.dividedBy(stays).or(x.times(arithmetic.of(1).dividedBy(stays)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(call, inputs, contract, form);
    }

    private static final class Reference implements Oracle {
        private final Tensor data;
        private final Shape shape;
        private final double ratio;
        private final boolean masked;
        private final WorkingArithmetic arithmetic;
        private final Form form;

        Reference(Call call, Inputs inputs, ComputeContract contract, Form form) {
            this.form = form;
            this.data = inputs.get("data");
            this.shape = data.shape();
            double given = call.hasInput("ratio") ? inputs.get("ratio").get(0) : USUAL_RATIO;
            this.ratio = trains(call) ? given : 0;
            this.masked = call.hasOutput("mask");
            this.arithmetic = new WorkingArithmetic(contract, Elements.widest(call));
        }

        @Override
        public Shape shape(int output) {
            return shape;
        }

        @Override
        public long cluster(int output) {
            return 1;
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            if (ratio > 0 && ratio < 1) {
                drawn(output, region, new Drawn(device), into);
                return;
            }
            for (int i = 0; i < region.elements(); i++) {
                if (ratio != 0) {
                    into.mark(i, ExpectedBlock.ANY);
                } else {
                    into.values()[i] = output == 1 ? 1 : data.get(region.number(shape, i));
                }
            }
        }

        private void drawn(int output, Region region, Drawn drawn, ExpectedBlock into) {
            OptionalInt unfair = form.block() > 0 ? OptionalInt.empty() : drawn.unfair();
            for (int i = 0; i < region.elements(); i++) {
                long number = region.number(shape, i);
                long from = output == 1 ? number : number + form.offset();
                if (from < 0 || from >= shape.elements()) {
                    into.mark(i, ExpectedBlock.ANY);
                    continue;
                }
                Optional<Boolean> seen = drawn.stays(form.block() > 0 ? from % form.block() : from);
                boolean stays = seen.orElse(true) ^ (unfair.isPresent() && unfair.getAsInt() == number);
                if (output == 1) {
                    into.values()[i] = stays ? 1 : 0;
                } else if (stays) {
                    stays(i, data.get(number), into);
                } else if (!Double.isFinite(data.get(number))) {
                    into.mark(i, ExpectedBlock.ANY);
                }
            }
        }

        private void stays(int i, double x, ExpectedBlock into) {
            Approx y = form.scaled() ? scaled(arithmetic, arithmetic.of(x), arithmetic.of(ratio)) : arithmetic.of(x);
            into.values()[i] = y.value();
            into.lows()[i] = y.low();
            double certain = y.errorBefore(data.dtype());
            if (certain > 0 && Double.isFinite(y.value())) {
                into.allow(i, 0, certain);
            }
        }

        /// What the device has left out.
        private final class Drawn {
            private final Tensor returned;

            Drawn(Observed device) {
                this.returned = device.output(masked ? 1 : 0);
            }

            /// Empty where it cannot be told.
            Optional<Boolean> stays(long number) {
                double got = returned.get(number);
                if (masked) {
                    return Optional.of(got != 0);
                }
                double x = data.get(number);
                // What is subnormal may have been flushed.
                boolean telling = Math.abs(x) >= data.dtype().minNormal() && Double.isFinite(x);
                return telling ? Optional.of(got != 0) : Optional.empty();
            }

            OptionalInt unfair() {
                int elements = Math.toIntExact(shape.elements());
                Trials trials = new Trials(elements);
                for (int n = 0; n < elements; n++) {
                    Optional<Boolean> stays = stays(n);
                    if (stays.isPresent()) {
                        trials.note(n, 1 - ratio, stays.get());
                    }
                }
                return trials.unfair(Trials.distances(shape.toArray()));
            }
        }
    }
}
