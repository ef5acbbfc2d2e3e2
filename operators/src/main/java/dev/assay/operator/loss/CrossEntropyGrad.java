package dev.assay.operator.loss;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;

/// Gradient of the cross entropy of training stacks:
/// `dlogits = g ((1 + 2 z lse) p - (1 - s) 1[t] - s / V)`, `p` the softmax of the logits, `g` the
/// gradient of a row's loss: `dY`, or `dY` divided by the rows that count for a mean.
///
/// - rows that are ignored get zeros, whatever their logits are
/// - source: derivative of torch.nn.functional.cross_entropy, PyTorch 2.9, and of PaLM's z-loss
public final class CrossEntropyGrad extends LossGradient {
    public CrossEntropyGrad() {
        super(
                "cross_entropy_grad",
                about(
                        "dlogits = g ((1 + 2 z lse) softmax(x) - (1 - s) 1[t] - s / V), g = dY, or dY / rows for a mean",
                        "derivative of torch.nn.functional.cross_entropy, PyTorch 2.9, and of PaLM's z-loss"),
                new Signature(
                        List.of(
                                Parameter.required(
                                        "dY",
                                        "U",
                                        Signature.only(DType.F32, DType.F64),
                                        "gradient of the loss, like it"),
                                Parameter.required("logits", "T", Signature.floats(), "[tokens, vocabulary]"),
                                labels(LABELS)),
                        List.of(Parameter.required(
                                "dlogits", "T", Signature.floats(), "gradient of the logits, like them")),
                        CrossEntropy.trainingAttributes()));
    }

    @Override
    public Operator forward() {
        return new CrossEntropy();
    }

    @Override
    public Map<String, Source> sources() {
        return Map.of("dY", Source.cotangent("loss"), "logits", Source.input("logits"), LABELS, Source.input(LABELS));
    }

    @Override
    public Map<String, String> gradients() {
        return Map.of("dlogits", "logits");
    }

    @Override
    String scores() {
        return "logits";
    }

    @Override
    String weights() {
        return "";
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        checkCotangent(call);
        checkTraining(call);
        TensorSpec logits = call.input("logits");
        DType loss = CrossEntropy.lossType(logits.dtype());
        require(
                call.input("dY").dtype() == loss,
                "dY is " + call.input("dY").dtype() + ", the logits are " + logits.dtype(),
                "input dY",
                "give it the type of the loss, " + loss);
        return List.of(TensorSpec.dense(logits.dtype(), logits.shape()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Tensor logits = inputs.get("logits");
        Shape shape = shape(call);
        TensorLines lines = TensorLines.along(shape, 1);
        LineArithmetic arithmetic = new LineArithmetic(contract, logits.dtype(), shape.elements());
        Labels labels = labelsOf(call, inputs);
        Upstream upstream = Upstream.of(call, inputs.get("dY"), labels, arithmetic);
        double smoothing = call.attributes().real("label_smoothing");
        double z = call.attributes().real("z_loss");
        return oracle(shape, labels, upstream, arithmetic, (row, label) -> {
            SmoothedRow x = new SmoothedRow(lines.read(logits, row), smoothing, z, arithmetic);
            return i -> x.derivative(i, label);
        });
    }
}
