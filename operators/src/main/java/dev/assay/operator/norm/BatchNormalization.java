package dev.assay.operator.norm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Set;

/// Normalisation of each channel with a mean and a variance that are given, as models do it once they are trained.
///
/// - `Y = (X - input_mean) / sqrt(input_var + epsilon) · scale + B`
/// - kernels that make `Y = a X + b` of it, with `a = scale / sqrt(input_var + epsilon)` and `b = B - input_mean a`,
/// are
///   as legitimate: every term is rounded at its own size
/// - `X` is `[N, C, ...]`; the others have one element for each channel
/// - `training_mode` 1 is another function and not offered
/// - source: ONNX BatchNormalization-15
public final class BatchNormalization extends NormOperator {
    private static final List<String> CHANNELS = List.of("scale", "B", "input_mean", "input_var");

    public BatchNormalization() {
        super(
                "batch_normalization",
                "BatchNormalization",
                "Y = (X - input_mean) / sqrt(input_var + epsilon) · scale + B",
                "ONNX BatchNormalization-15",
                new Signature(
                        List.of(
                                Parameter.required("X", "T", Signature.floats(), "[N, C, ...]"),
                                Parameter.required("scale", "T1", Signature.floats(), "weight, [C]"),
                                Parameter.required("B", "T1", Signature.floats(), "shift, [C]"),
                                Parameter.required("input_mean", "T2", Signature.floats(), "mean, [C]"),
                                Parameter.required("input_var", "T2", Signature.floats(), "variance, [C]")),
                        List.of(Parameter.required("Y", "T", Signature.floats(), "like X")),
                        List.of(
                                AttributeSpec.real("epsilon", 1e-5, "added to the variance"),
                                AttributeSpec.real("momentum", 0.9, "of training only"),
                                AttributeSpec.integer("training_mode", 0, "0"))));
    }

    @Override
    int firstAxis(Call call) {
        return 1;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        if (call.attributes().integer("training_mode") != 0) {
            throw invalid(
                    "training_mode " + call.attributes().integer("training_mode"), "attribute training_mode", "give 0");
        }
        requireBatchAndChannels(call);
        CHANNELS.forEach(input -> requireChannels(call, input));
        epsilon(call);
        return List.of(TensorSpec.dense(call.input("X").dtype(), shape(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("X");
        Shape shape = shape(call);
        int perChannel = Math.toIntExact(shape.slice(2, shape.rank()).elements());
        long channels = shape.dim(1);
        TensorLines lines = TensorLines.trailing(Shape.of(shape.dim(0) * channels, perChannel), 1);
        Channel[] all = new Channel[Math.toIntExact(channels)];
        DType working = contract.intermediates().orElse(contract.accumulatorType(x.dtype()));
        for (int c = 0; c < all.length; c++) {
            all[c] = new Channel(
                    inputs.get("scale").get(c),
                    inputs.get("B").get(c),
                    inputs.get("input_mean").get(c),
                    inputs.get("input_var").get(c),
                    call.attributes().real("epsilon"),
                    working,
                    contract);
        }
        return new LineOracle(perChannel, List.of(LineOracle.Layout.runs(shape, perChannel))) {
            @Override
            protected Line line(long number, Observed device) {
                double[] values = lines.read(x, number);
                Channel channel = all[(int) (number % channels)];
                return (output, i, into, to) -> put(channel.of(values[i]), into, to);
            }

            // Errors of an element do not average out; each stands for itself.
            @Override
            public long cluster(int output) {
                return 1;
            }
        };
    }

    /// What becomes of the elements of a channel.
    private static final class Channel {
        private final double bias;
        private final double mean;
        private final DType working;
        private final DoubleDouble factor;
        private final double relative;
        private final double quantum;

        Channel(
                double scale,
                double bias,
                double mean,
                double variance,
                double epsilon,
                DType working,
                ComputeContract contract) {
            this.bias = bias;
            this.mean = mean;
            this.working = working;
            DoubleDouble root = DoubleDouble.sum(variance, epsilon).sqrt();
            this.factor = DoubleDouble.of(scale).dividedBy(root);
            double unit = working.unitRoundoff();
            // The variance as it is read and with epsilon, half of each; the function; scale as it is read, the
            // product.
            this.relative = unit * (1 + 2 * Math.max(contract.rsqrtUlps(), contract.divideUlps() + 0.5) + 2);
            this.quantum = contract.flushesOutputs() ? working.minNormal() : working.minSubnormal();
        }

        Estimate of(double x) {
            DoubleDouble distance = DoubleDouble.sum(x, -mean);
            DoubleDouble y = distance.times(factor).plus(bias);
            if (!Double.isFinite(y.hi())) {
                // The other form may subtract infinities where this has one.
                Estimate special = Estimate.exact(distance.hi() * factor.hi() + bias);
                return Double.isNaN(special.number()) ? special : special.doubting(Estimate.NOT_FINITE);
            }
            double a = Math.abs(factor.hi());
            double terms = a * Math.abs(x) + 2 * a * Math.abs(mean) + 2 * Math.abs(bias) + 2 * Math.abs(y.hi());
            double certain = a * Math.abs(distance.hi()) * relative
                    + 1.01 * working.unitRoundoff() * terms
                    + quantum * (3 + a + Math.abs(x));
            boolean beyond = a > working.maxFinite() / 4
                    || terms > working.maxFinite() / 4
                    || Math.abs(distance.hi()) > working.maxFinite() / 4;
            Estimate result = new Estimate(y, 0, certain, 0, 0);
            return beyond ? result.doubting(Estimate.OPEN) : result;
        }
    }

    @Override
    Set<String> weights() {
        return Set.of("scale");
    }

    /// Variances are positive, whatever the data set.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return switch (input) {
            case "input_mean" -> Fills.of("normal", 0, 0.5);
            case "input_var" -> Fills.of("uniform", 0.25, 2);
            default -> super.fill(call, input, dataSet);
        };
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return shape(call).isEmpty()
                ? List.of()
                : List.of(new Probe("codes", false, "some values of the type are handled wrongly"));
    }
}
