package dev.assay.operator.loss;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.OutputOracles;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.operator.reduction.Exponentials;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;

/// Cross entropy of scores and labels: `loss = -w[t] log softmax(scores)[t]`, `t` the label.
///
/// - the softmax is over the second dimension; `log_prob` is its logarithm, also of rows that are ignored
/// - source: ONNX SoftmaxCrossEntropyLoss-13
public final class SoftmaxCrossEntropyLoss extends Loss {
    public SoftmaxCrossEntropyLoss() {
        super(
                "softmax_cross_entropy_loss",
                "SoftmaxCrossEntropyLoss",
                about("loss = -w[t] log softmax(scores)[t], t the label", "ONNX SoftmaxCrossEntropyLoss-13"),
                new Signature(
                        List.of(
                                Parameter.required("scores", "T", Signature.floats(), "[N, C] or [N, C, d1, ...]"),
                                labels(LABELS),
                                weights("weights")),
                        List.of(
                                Parameter.required(
                                        "output", "T", Signature.floats(), "like the labels, or a scalar if reduced"),
                                Parameter.optional(
                                        "log_prob", "T", Signature.floats(), "log softmax of the scores, like them")),
                        attributes()));
    }

    @Override
    String scores() {
        return "scores";
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Reduced how = check(call);
        TensorSpec scores = call.input("scores");
        return List.of(
                TensorSpec.dense(scores.dtype(), reduced(scores.shape(), how)),
                TensorSpec.dense(scores.dtype(), scores.shape()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor scores = inputs.get("scores");
        Shape shape = shape(call);
        TensorLines lines = TensorLines.along(shape, 1);
        LineArithmetic arithmetic = new LineArithmetic(contract, scores.dtype(), shape.elements());
        Labels labels = labelsOf(call, inputs);
        Reduced how = Reduced.of(call);
        Oracle losses = new LossOracle(reduced(shape, how), how, labels, arithmetic, (row, label) -> {
            Estimate log = new Exponentials(lines.read(scores, row), arithmetic).logProbability(label);
            return Terms.weighted(Terms.negated(log), labels.weight(row), arithmetic);
        });
        Oracle logs = new LineOracle(lines.length(), List.of(LineOracle.Layout.whole(lines))) {
            @Override
            protected Line line(long number, Observed device) {
                Exponentials e = new Exponentials(lines.read(scores, number), arithmetic);
                return (output, i, into, to) -> put(e.logProbability(i), into, to);
            }
        };
        return new OutputOracles(List.of(losses, logs));
    }
}
