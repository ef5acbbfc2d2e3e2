package dev.assay.operator.norm;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.Inputs;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Normalisation of each channel of each element of a batch: mean and biased variance over all dimensions behind them.
///
/// - `input` is `[N, C, ...]`, `scale` and `B` have one element for each channel
/// - edge cases as of `layer_normalization`
/// - source: ONNX InstanceNormalization-22
public final class InstanceNormalization extends NormOperator {
    public InstanceNormalization() {
        super(
                "instance_normalization",
                "InstanceNormalization",
                "y = (x - mean) / sqrt(var + epsilon) · scale + B of each channel",
                "ONNX InstanceNormalization-22",
                new Signature(
                        List.of(
                                Parameter.required("input", "T", Signature.floats(), "[N, C, ...]"),
                                Parameter.required("scale", "T", Signature.floats(), "weight, [C]"),
                                Parameter.required("B", "T", Signature.floats(), "shift, [C]")),
                        List.of(Parameter.required("output", "T", Signature.floats(), "like the input")),
                        List.of(AttributeSpec.real("epsilon", 1e-5, "added to the variance"))));
    }

    @Override
    int firstAxis(Call call) {
        return Math.min(2, shape(call).rank() - 1);
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        requireBatchAndChannels(call);
        requireChannels(call, "scale");
        requireChannels(call, "B");
        epsilon(call);
        return List.of(TensorSpec.dense(call.input("input").dtype(), shape(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor x = inputs.get("input");
        return GroupNormalization.runs(
                x,
                shape(call).dim(1),
                x.dtype(),
                call.attributes().real("epsilon"),
                RootMeanSquare.all(inputs.get("scale")),
                RootMeanSquare.all(inputs.get("B")),
                contract);
    }
}
