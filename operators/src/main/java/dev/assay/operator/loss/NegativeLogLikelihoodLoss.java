package dev.assay.operator.loss;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Negative log likelihood of labels: `loss = -w[t] input[t]`, `t` the label.
///
/// - `input` has logarithms of probabilities along its second dimension
/// - without weights and reduction nothing is rounded
/// - source: ONNX NegativeLogLikelihoodLoss-22
public final class NegativeLogLikelihoodLoss extends Loss {
    static final String TARGET = "target";

    public NegativeLogLikelihoodLoss() {
        super(
                "negative_log_likelihood_loss",
                "NegativeLogLikelihoodLoss",
                about("loss = -w[t] input[t], t the label", "ONNX NegativeLogLikelihoodLoss-22"),
                new Signature(
                        List.of(
                                Parameter.required("input", "T", Signature.floats(), "[N, C] or [N, C, d1, ...]"),
                                labels(TARGET),
                                weights("weight")),
                        List.of(Parameter.required(
                                "loss", "T", Signature.floats(), "like the target, or a scalar if reduced")),
                        attributes()));
    }

    @Override
    String scores() {
        return "input";
    }

    @Override
    String labels() {
        return TARGET;
    }

    @Override
    String weights() {
        return "weight";
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Reduced how = check(call);
        TensorSpec input = call.input("input");
        return List.of(TensorSpec.dense(input.dtype(), reduced(input.shape(), how)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor input = inputs.get("input");
        Shape shape = shape(call);
        TensorLines lines = TensorLines.along(shape, 1);
        LineArithmetic arithmetic = new LineArithmetic(
                contract, input.dtype(), call.input(TARGET).shape().elements());
        Labels labels = labelsOf(call, inputs);
        Reduced how = Reduced.of(call);
        return new LossOracle(reduced(shape, how), how, labels, arithmetic, (row, label) -> {
            Estimate value = Estimate.exact(-input.get(lines.number(row, label)));
            return Terms.weighted(value, labels.weight(row), arithmetic);
        });
    }
}
