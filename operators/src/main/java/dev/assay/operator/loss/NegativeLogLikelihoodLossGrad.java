package dev.assay.operator.loss;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Gradient of the negative log likelihood: `dinput = -g w[t]` at the label `t` and 0 elsewhere, `g` the
/// gradient of a row's loss: `dY`, or `dY / Σ w[t]` for a mean.
///
/// - the input itself is not needed; `classes` says how many it had
/// - source: derivative of ONNX NegativeLogLikelihoodLoss-22, as torch.ops.aten.nll_loss_backward
public final class NegativeLogLikelihoodLossGrad extends LossGradient {
    public NegativeLogLikelihoodLossGrad() {
        super(
                "negative_log_likelihood_loss_grad",
                about(
                        "dinput = -g w[t] at the label t, 0 elsewhere; g = dY, or dY / Σ w[t] for a mean",
                        "derivative of ONNX NegativeLogLikelihoodLoss-22"),
                new Signature(
                        List.of(
                                Parameter.required("dY", "T", Signature.floats(), "gradient of the loss, like it"),
                                labels(NegativeLogLikelihoodLoss.TARGET),
                                weights("weight")),
                        List.of(Parameter.required("dinput", "T", Signature.floats(), "[N, classes, d1, ...]")),
                        Stream.concat(
                                        Stream.of(AttributeSpec.integer("classes", 1, "how many classes there are")),
                                        attributes().stream())
                                .toList()));
    }

    @Override
    public Operator forward() {
        return new NegativeLogLikelihoodLoss();
    }

    @Override
    public Map<String, Source> sources() {
        return Map.of(
                "dY", Source.cotangent("loss"),
                "target", Source.input("target"),
                "weight", Source.input("weight"));
    }

    @Override
    public Map<String, String> gradients() {
        return Map.of("dinput", "input");
    }

    @Override
    public Map<String, Attribute> attributes(Call forward) {
        Map<String, Attribute> shared = super.attributes(forward);
        shared.put("classes", new Attribute.Int(forward.input("input").shape().dim(1)));
        return shared;
    }

    @Override
    String scores() {
        return "";
    }

    @Override
    String labels() {
        return NegativeLogLikelihoodLoss.TARGET;
    }

    @Override
    String weights() {
        return "weight";
    }

    @Override
    Shape shape(Call call) {
        Shape target = call.input("target").shape();
        long classes = call.attributes().integer("classes");
        require(classes >= 0, classes + " classes", "attribute classes", "give a number that is not negative");
        require(target.rank() >= 1, "the target is a scalar", "input target", "give a label for each row");
        return target.slice(0, 1).concat(Shape.of(classes)).concat(target.slice(1, target.rank()));
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        checkCotangent(call);
        return List.of(TensorSpec.dense(call.input("dY").dtype(), shape(call)));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        Shape shape = shape(call);
        LineArithmetic arithmetic =
                new LineArithmetic(contract, call.input("dY").dtype(), shape.elements());
        Labels labels = labelsOf(call, inputs);
        Upstream upstream = Upstream.of(call, inputs.get("dY"), labels, arithmetic);
        return oracle(shape, labels, upstream, arithmetic, (row, label) -> new Element() {
            @Override
            public Estimate at(int position) {
                return Estimate.exact(-1);
            }

            @Override
            public boolean reaches(int position) {
                return position == label;
            }
        });
    }
}
