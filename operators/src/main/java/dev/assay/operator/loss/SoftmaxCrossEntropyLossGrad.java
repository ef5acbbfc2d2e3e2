package dev.assay.operator.loss;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/// Gradient of the cross entropy from the logarithms of the probabilities:
/// `dscores = g w[t] (exp(log_prob) - 1[t])`, `g` the gradient of a row's loss: `dY`, or `dY / Σ w[t]`
/// for a mean.
///
/// - rows that are ignored get zeros
/// - source: derivative of ONNX SoftmaxCrossEntropyLoss-13 with respect to its scores; inputs as of
///   SoftmaxCrossEntropyLossGrad in ONNX Runtime
public final class SoftmaxCrossEntropyLossGrad extends LossGradient {
    public SoftmaxCrossEntropyLossGrad() {
        super(
                "softmax_cross_entropy_loss_grad",
                about(
                        "dscores = g w[t] (exp(log_prob) - 1[t]), g = dY, or dY / Σ w[t] for a mean",
                        "derivative of ONNX SoftmaxCrossEntropyLoss-13; inputs as of ONNX Runtime's gradient"),
                new Signature(
                        List.of(
                                Parameter.required("dY", "T", Signature.floats(), "gradient of the loss, like it"),
                                Parameter.required(
                                        "log_prob", "T", Signature.floats(), "log softmax of the scores, like them"),
                                labels(LABELS),
                                weights("weights")),
                        List.of(Parameter.required(
                                "dscores", "T", Signature.floats(), "gradient of the scores, like log_prob")),
                        attributes()));
    }

    @Override
    public Operator forward() {
        return new SoftmaxCrossEntropyLoss();
    }

    @Override
    public Map<String, Source> sources() {
        return Map.of(
                "dY",
                Source.cotangent("output"),
                "log_prob",
                Source.output("log_prob"),
                LABELS,
                Source.input(LABELS),
                "weights",
                Source.input("weights"));
    }

    @Override
    public Map<String, String> gradients() {
        return Map.of("dscores", "scores");
    }

    @Override
    String scores() {
        return "log_prob";
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        checkCotangent(call);
        return List.of(TensorSpec.dense(call.input("log_prob").dtype(), shape(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor logs = inputs.get("log_prob");
        Shape shape = shape(call);
        TensorLines lines = TensorLines.along(shape, 1);
        LineArithmetic arithmetic = new LineArithmetic(contract, logs.dtype(), shape.elements());
        Labels labels = labelsOf(call, inputs);
        Upstream upstream = Upstream.of(call, inputs.get("dY"), labels, arithmetic);
        double relative = arithmetic.function(contract.expUlps());
        return oracle(shape, labels, upstream, arithmetic, (row, label) -> {
            double[] values = lines.read(logs, row);
            return i -> {
                DoubleDouble p = DoubleDouble.of(values[i]).exp();
                double size = p.hi();
                Estimate e = new Estimate(
                        p,
                        relative * size,
                        values[i] == Double.NEGATIVE_INFINITY ? 0 : arithmetic.quantum(),
                        relative * size / RuleConstants.roundingRms(),
                        0);
                return i == label ? arithmetic.plus(e, Estimate.exact(-1)) : e;
            };
        });
    }

    /// Logarithms of probabilities are not positive.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        boolean plain =
                Fills.nameOf(dataSet).equals("normal") || Fills.nameOf(dataSet).equals("uniform");
        double middle = Math.log((double) Math.max(1, shape(call).dim(1)));
        return input.equals("log_prob") && plain
                ? Fills.of("uniform", -1.5 * middle, -0.5 * middle)
                : super.fill(call, input, dataSet);
    }
}
