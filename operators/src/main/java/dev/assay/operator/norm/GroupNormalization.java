package dev.assay.operator.norm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Normalisation over groups of channels: mean and biased variance over `C / num_groups` channels and all behind them.
///
/// - `X` is `[N, C, ...]`, `scale` and `bias` have one element for each channel
/// - `stash_type` (1: f32, 11: f64) is the type of the statistics and of the arithmetic that makes them
/// - edge cases as of `layer_normalization`
/// - source: ONNX GroupNormalization-21
public final class GroupNormalization extends NormOperator {
    public GroupNormalization() {
        super(
                "group_normalization",
                "GroupNormalization",
                "Y = (X - mean) / sqrt(var + epsilon) · scale + bias over groups of channels",
                "ONNX GroupNormalization-21",
                new Signature(
                        List.of(
                                Parameter.required("X", "T", Signature.floats(), "[N, C, ...]"),
                                Parameter.required("scale", "T", Signature.floats(), "weight, [C]"),
                                Parameter.required("bias", "T", Signature.floats(), "shift, [C]")),
                        List.of(Parameter.required("Y", "T", Signature.floats(), "like X")),
                        List.of(
                                AttributeSpec.real("epsilon", 1e-5, "added to the variance"),
                                AttributeSpec.optional(
                                        "num_groups",
                                        dev.assay.backend.Attribute.Int.class,
                                        "how many groups; divides the number of channels"),
                                AttributeSpec.integer(
                                        "stash_type",
                                        RootMeanSquare.ONNX_F32,
                                        "type of the statistics: 1 for f32, 11 for f64"))));
    }

    @Override
    int firstAxis(Call call) {
        return 1;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        requireBatchAndChannels(call);
        requireChannels(call, "scale");
        requireChannels(call, "bias");
        long channels = shape(call).dim(1);
        long groups = call.attributes().findInteger("num_groups").orElse(0);
        if (groups <= 0 || channels % groups != 0) {
            throw invalid(
                    "num_groups " + groups + " of " + channels + " channels",
                    "attribute num_groups",
                    "give a number that divides the channels");
        }
        epsilon(call);
        stage(call);
        return List.of(TensorSpec.dense(call.input("X").dtype(), shape(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return runs(
                inputs.get("X"),
                call.attributes().integer("num_groups"),
                stage(call),
                call.attributes().real("epsilon"),
                RootMeanSquare.all(inputs.get("scale")),
                RootMeanSquare.all(inputs.get("bias")),
                contract);
    }

    /// Lines that are groups of channels of one element of the batch.
    static Oracle runs(
            Tensor x,
            long groups,
            DType stage,
            double epsilon,
            double[] scale,
            double[] bias,
            ComputeContract contract) {
        Shape shape = x.shape();
        int perChannel = Math.toIntExact(shape.slice(2, shape.rank()).elements());
        int channels = Math.toIntExact(shape.dim(1) / Math.max(1, groups));
        int length = Math.multiplyExact(channels, perChannel);
        TensorLines lines = TensorLines.trailing(Shape.of(shape.dim(0) * groups, length), 1);
        Moments moments = new Moments(contract, x.dtype(), stage, length, epsilon, shape.elements());
        return new LineOracle(length, List.of(LineOracle.Layout.runs(shape, length))) {
            @Override
            protected Line line(long number, Observed device) {
                Moments.Row row = moments.of(lines.read(x, number));
                int first = (int) (number % groups) * channels;
                return (output, i, into, to) -> {
                    int channel = first + i / perChannel;
                    moments.normalised(row, i, scale[channel], bias[channel], into, to);
                };
            }
        };
    }
}
