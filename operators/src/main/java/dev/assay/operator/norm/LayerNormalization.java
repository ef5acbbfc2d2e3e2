package dev.assay.operator.norm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Variance;
import dev.assay.numerics.Parallel;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.Cost;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Region;
import dev.assay.operator.Rereading;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.Sizes;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongToDoubleFunction;

/// Layer normalisation: `Y = (X - mean) · inv · Scale + B` with `inv = 1 / sqrt(var + epsilon)`, mean and biased
/// variance over the dimensions from `axis` on.
///
/// - inputs: `X` of any rank; `Scale` and the optional `B` have the shape of the normalised dimensions
/// - outputs: `Y` like `X`; optional `Mean` and `InvStdDev`, with size 1 in the normalised dimensions
/// - `stash_type` (1: f32, 11: f64) is the type of the statistics and of the arithmetic that makes them; ONNX allows
///   f32 only, f64 is there for f64 inputs
/// - a constant row gives `B`; a row that holds an infinity or NaN gives NaN
/// - source: ONNX LayerNormalization-17
public final class LayerNormalization implements Operator {
    private static final String IGNORED = "operand-ignored";
    private static final long ONNX_F32 = 1;
    private static final long ONNX_F64 = 11;

    @Override
    public String name() {
        return "layer_normalization";
    }

    @Override
    public Optional<String> onnxType() {
        return Optional.of("LayerNormalization");
    }

    @Override
    public About about() {
        return new About(
                "Y = (X - mean) / sqrt(var + epsilon) · Scale + B",
                "ONNX LayerNormalization-17",
                About.Errors.COMPOSITE);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("X", "T", Signature.floats(), "values to normalise"),
                        Parameter.required(
                                "Scale", "T", Signature.floats(), "weight, shape of the normalised dimensions"),
                        Parameter.optional("B", "T", Signature.floats(), "bias, shape of the normalised dimensions")),
                List.of(
                        Parameter.required("Y", "T", Signature.floats(), "like X"),
                        Parameter.optional("Mean", "U", Signature.only(DType.F32, DType.F64), "mean of each row"),
                        Parameter.optional(
                                "InvStdDev",
                                "U",
                                Signature.only(DType.F32, DType.F64),
                                "inverse deviation of each row")),
                List.of(
                        AttributeSpec.integer("axis", -1, "first normalised dimension; negative counts from the end"),
                        AttributeSpec.real("epsilon", 1e-5, "added to the variance"),
                        AttributeSpec.integer(
                                "stash_type", ONNX_F32, "type of the statistics: 1 for f32, 11 for f64")));
    }

    private static int axis(Call call) {
        int rank = call.input("X").shape().rank();
        long axis = call.attributes().integer("axis");
        if (rank == 0) {
            throw new InvalidCallException("X is a scalar", "layer_normalization, input X", "give it a dimension");
        }
        if (axis < -rank || axis >= rank) {
            throw new InvalidCallException(
                    "axis " + axis + " of X " + call.input("X").shape(),
                    "layer_normalization, attribute axis",
                    "give a number from " + -rank + " to " + (rank - 1));
        }
        return Math.toIntExact(axis < 0 ? axis + rank : axis);
    }

    private static DType stash(Call call) {
        long type = call.attributes().integer("stash_type");
        if (type == ONNX_F32 || type == ONNX_F64) {
            return type == ONNX_F32 ? DType.F32 : DType.F64;
        }
        throw new InvalidCallException(
                "stash_type " + type, "layer_normalization, attribute stash_type", "give 1 (f32) or 11 (f64)");
    }

    private static Shape statisticsShape(Shape x, int axis) {
        long[] dims = x.toArray();
        Arrays.fill(dims, axis, dims.length, 1);
        return Shape.of(dims);
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Shape x = call.input("X").shape();
        int axis = axis(call);
        Shape normalised = x.slice(axis, x.rank());
        for (String weight : List.of("Scale", "B")) {
            if (call.hasInput(weight) && !call.input(weight).shape().equals(normalised)) {
                throw new InvalidCallException(
                        weight + " is " + call.input(weight).shape() + ", X is " + x + " normalised from axis " + axis,
                        "layer_normalization, input " + weight,
                        "give it the shape " + normalised);
            }
        }
        if (!(call.attributes().real("epsilon") >= 0)) {
            throw new InvalidCallException(
                    "epsilon " + call.attributes().real("epsilon"),
                    "layer_normalization, attribute epsilon",
                    "give a number that is not negative");
        }
        TensorSpec statistics = TensorSpec.dense(stash(call), statisticsShape(x, axis));
        return List.of(TensorSpec.dense(call.input("X").dtype(), x), statistics, statistics);
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new Reference(call, inputs, contract);
    }

    private static final class Reference implements Oracle {
        private final Shape shape;
        private final Shape statisticsShape;
        private final int length;
        private final Tensor x;
        private final double[] scale;
        private final double[] bias;
        private final Moments moments;

        Reference(Call call, Inputs inputs, ComputeContract contract) {
            this.shape = call.input("X").shape();
            int axis = axis(call);
            this.statisticsShape = statisticsShape(shape, axis);
            this.length = Math.toIntExact(shape.slice(axis, shape.rank()).elements());
            this.x = inputs.get("X");
            this.scale = values(inputs.get("Scale"));
            this.bias = inputs.has("B") ? values(inputs.get("B")) : new double[length];
            // With f64 inputs and f32 statistics the inputs themselves are rounded to f32 first.
            DType stage = x.dtype() == DType.F64 ? stash(call) : x.dtype();
            double epsilon = call.attributes().real("epsilon");
            this.moments = new Moments(contract, x.dtype(), stage, length, epsilon, shape.elements());
        }

        private static double[] values(Tensor tensor) {
            double[] values = new double[Math.toIntExact(tensor.shape().elements())];
            tensor.decode(0, values.length, values, 0);
            return values;
        }

        @Override
        public Shape shape(int output) {
            return output == 0 ? shape : statisticsShape;
        }

        /// Rows, which share the errors of their mean and deviation; a statistic stands alone.
        @Override
        public long cluster(int output) {
            return output == 0 ? Math.max(1, length) : 1;
        }

        /// Boxes of whole rows.
        @Override
        public Iterable<Region> regions(int output) {
            long capacity = ExpectedBlock.USUAL_CAPACITY;
            return Region.rows(shape(output), output == 0 ? Math.max(capacity, length) : capacity);
        }

        @Override
        public void expect(int output, Region region, Observed device, ExpectedBlock into) {
            int axis = firstWholeAxis(region, output);
            long perRow = output == 0 ? length : 1;
            long elements = region.elements();
            // A box is a run of whole rows: elements follow each other as in the tensor.
            long first = elements == 0 ? 0 : region.number(shape(output), 0);
            if (axis < 0 || first % perRow != 0 || elements % perRow != 0) {
                throw new IllegalArgumentException("layer_normalization is judged by whole rows, not " + region);
            }
            int rows = Math.toIntExact(elements / perRow);
            int chunk = Math.max(1, 16384 / Math.max(1, length));
            Parallel.forEach(Math.ceilDiv(rows, chunk), part -> {
                for (int i = part * chunk; i < Math.min(rows, (part + 1) * chunk); i++) {
                    double[] values = new double[length];
                    x.decode((first / perRow + i) * length, length, values, 0);
                    Moments.Row row = moments.of(values);
                    switch (output) {
                        case 0 -> normalised(row, into, i * length);
                        case 1 -> {
                            statistic(row.open, row, row.mean, row.meanLow, row.meanVariance, row.meanError, into, i);
                            if (Double.isInfinite(row.mean)) {
                                // Updating the mean value by value gives NaN instead.
                                into.flags()[i] |= ExpectedBlock.OR_NOT_FINITE;
                            }
                        }
                        default -> {
                            double size = row.inverse;
                            into.systematic()[i] =
                                    row.finite ? size * moments.functionError() / RuleConstants.roundingRms() : 0;
                            statistic(
                                    row.open || row.undefined,
                                    row,
                                    size,
                                    row.inverseLow,
                                    size * size * row.inverseVariance,
                                    size * row.inverseError,
                                    into,
                                    i);
                        }
                    }
                }
            });
        }

        /// The first dimension that a box takes whole together with all behind it, or -1 if it is no run of
        /// elements.
        private int firstWholeAxis(Region region, int output) {
            Shape whole = shape(output);
            int axis = whole.rank();
            while (axis > 0 && region.size().dim(axis - 1) == whole.dim(axis - 1)) {
                axis--;
            }
            for (int outer = 0; outer < axis - 1; outer++) {
                if (region.size().dim(outer) != 1) {
                    return -1;
                }
            }
            return axis;
        }

        private static void statistic(
                boolean open,
                Moments.Row row,
                double value,
                double low,
                double variance,
                double error,
                ExpectedBlock into,
                int to) {
            into.values()[to] = value;
            into.lows()[to] = low;
            if (row.overflows) {
                into.flags()[to] |= ExpectedBlock.OR_NOT_FINITE;
            }
            if (row.guarded) {
                into.flags()[to] |= ExpectedBlock.GUARDED;
            }
            if (open) {
                into.flags()[to] |= ExpectedBlock.ANY;
            } else if (row.finite) {
                into.sigmas()[to] = Math.sqrt(variance);
                into.deterministic()[to] = error;
            } else if (Double.isInfinite(value)) {
                // A sum of infinities of one sign is infinite; a running mean subtracts them and has NaN.
                into.flags()[to] |= ExpectedBlock.OR_NOT_FINITE;
            }
        }

        private void normalised(Moments.Row row, ExpectedBlock into, int at) {
            for (int k = 0; k < length; k++) {
                moments.normalised(row, k, scale[k], bias[k], into, at + k);
            }
        }
    }

    @Override
    public Cost cost(Call call) {
        // Two passes of two operations for the statistics, four for the result.
        return new Cost(8.0 * call.input("X").shape().elements(), call.tensorBytes());
    }

    @Override
    public String sizes(Call call) {
        Shape x = call.input("X").shape();
        return x.joined() + Sizes.ofLayouts(call);
    }

    /// Weights near 1 and biases near 0, except where a data set's point is in the values themselves.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        String recipe = Fills.nameOf(dataSet);
        return switch (input) {
            case "Scale" ->
                switch (recipe) {
                    case "plus-minus" -> Fills.of("full-mantissa");
                    // So large that the error of a mean is more than the smallest f16.
                    case "annulling" -> Fills.of("normal", 1024, 256);
                    default -> Fills.of("normal", 1, 0.25);
                };
            case "B" -> recipe.equals("annulling") ? Fills.of("uniform", 0, 0) : Fills.of("normal", 0, 0.5);
            default -> Operator.super.fill(call, input, dataSet);
        };
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        DType dtype = call.input("X").dtype();
        List<Probe> probes = new ArrayList<>();
        if (call.input("X").shape().isEmpty()) {
            return probes;
        }
        probes.add(
                new Probe("plus-minus", false, "statistics leave out elements, or divide by another number of them"));
        if (contract.variance() != Variance.NAIVE) {
            // As far from zero as the type still resolves a deviation of 1.
            int mean = dtype == DType.BF16 ? 30 : 300;
            probes.add(new Probe("large-mean(" + mean + ")", true, "the variance is a difference of large squares"));
        }
        probes.add(new Probe("tiny-variance", false, "epsilon is another one, or added in another place"));
        probes.add(new Probe("lognormal", false, "statistics leave out elements that are far from the others"));
        return probes;
    }

    /// Lines of mean zero: what is left at their zeros is the error of the mean.
    @Override
    public Optional<String> orderData(Call call) {
        return Optional.of("annulling");
    }

    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(
                new Scaling(call.hasInput("B") ? Map.of("Scale", 2, "B", 2) : Map.of("Scale", 2), Map.of("Y", 2)));
    }

    /// The first dimension of `X`, where it is not normalised.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return axis(call) == 0
                ? Optional.empty()
                : Optional.of(new BatchAxis(Map.of("X", 0), Map.of("Y", 0, "Mean", 0, "InvStdDev", 0)));
    }

    /// Weight and bias that are left out or counted twice. What goes wrong with statistics shows in their values.
    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        List<Misreading> all = new ArrayList<>();
        Tensor scale = inputs.get("Scale");
        all.add(weights(right, scale, w -> 1, "the weight is left out"));
        all.add(weights(right, scale, w -> w * w, "the weight is applied twice"));
        all.add(weights(right, scale, w -> 1 + w, "one is added to the weight"));
        if (inputs.has("B")) {
            Tensor bias = inputs.get("B");
            all.add(right.without("B").as(IGNORED, "the bias is left out"));
            all.add(exchanged(right, "B", bias, n -> 2 * bias.get(n)).as(IGNORED, "the bias is added twice"));
            all.add(exchanged(right, "B", bias, n -> -bias.get(n)).as(IGNORED, "the bias is subtracted"));
            all.add(exchanged(right, "B", bias, n -> bias.get(n) * scale.get(n))
                    .as(IGNORED, "the bias is multiplied by the weight"));
            all.add(exchanged(exchanged(right, "B", bias, scale::get), "Scale", scale, bias::get)
                    .as("misplaced", "weight and bias change places"));
        }
        return all;
    }

    private static Misreading weights(Rereading right, Tensor scale, DoubleUnaryOperator weight, String sentence) {
        return exchanged(right, "Scale", scale, n -> weight.applyAsDouble(scale.get(n)))
                .as(IGNORED, sentence);
    }

    /// In f64: what a weight becomes need not be one of its type.
    private static Rereading exchanged(Rereading right, String name, Tensor tensor, LongToDoubleFunction values) {
        return right.input(name, DType.F64, tensor.shape(), values);
    }

    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        return Fill.Along.trailing(shape, input.equals("X") ? axis(call) : 0);
    }
}
