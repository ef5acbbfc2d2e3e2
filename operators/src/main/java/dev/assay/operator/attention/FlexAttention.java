package dev.assay.operator.attention;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Fill;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;

/// Attention over 4-D inputs without modifiers: `Y = softmax(scale · Q Kᵀ) · V`, which is [Attention] with fewer
/// choices.
///
/// - inputs: `Q [b,h,s,d]`, `K [b,g,t,d]`, `V [b,g,t,e]`; query head i uses head `i / (h/g)` of keys and values
/// - the graphs `score_mod` and `prob_mod` cannot be said in a call: models that have them are not run
/// - source: ONNX preview FlexAttention-1
public final class FlexAttention implements Operator {
    private static final Attention ATTENTION = new Attention();

    @Override
    public String name() {
        return "flex_attention";
    }

    @Override
    public Optional<String> onnxType() {
        return Optional.of("ai.onnx.preview.FlexAttention");
    }

    @Override
    public About about() {
        return new About(
                "Y = softmax(scale · Q Kᵀ) V, without modifiers",
                "ONNX preview FlexAttention-1",
                About.Errors.COMPOSITE);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("Q", "T1", Signature.floats(), "queries [b,h,s,d]"),
                        Parameter.required("K", "T1", Signature.floats(), "keys [b,g,t,d]"),
                        Parameter.required("V", "T1", Signature.floats(), "values [b,g,t,e]")),
                List.of(Parameter.required("Y", "T1", Signature.floats(), "[b,h,s,e]")),
                List.of(
                        AttributeSpec.optional("scale", Attribute.Real.class, "factor on the scores; 1/sqrt(d)"),
                        AttributeSpec.optional(
                                "softmax_precision",
                                Attribute.Int.class,
                                "type of the softmax as an ONNX number; only ever asks for more than the contract")));
    }

    /// The same as a call of attention.
    private Call attention(Call call) {
        if (call.input("Q").shape().rank() != 4) {
            throw new InvalidCallException(
                    "Q " + call.input("Q").shape(), name() + ", Q", "give all inputs 4 dimensions");
        }
        CallBuilder builder = new CallBuilder(ATTENTION, name());
        for (String input : List.of("Q", "K", "V")) {
            builder.input(input, call.input(input));
        }
        call.attributes().find("scale").ifPresent(scale -> builder.attribute("scale", scale));
        return builder.build();
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        return List.of(attention(call).output("Y"));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return ATTENTION.oracle(attention(call), inputs, contract);
    }

    @Override
    public Cost cost(Call call) {
        return ATTENTION.cost(attention(call));
    }

    @Override
    public Optional<Cost> cheapCost(Call call) {
        return ATTENTION.cheapCost(attention(call));
    }

    @Override
    public String sizes(Call call) {
        return ATTENTION.sizes(attention(call));
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return ATTENTION.fill(attention(call), input, dataSet);
    }

    @Override
    public Fill.Along along(Call call, String input) {
        return ATTENTION.along(attention(call), input);
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        return ATTENTION.probes(attention(call), contract);
    }

    @Override
    public Optional<String> orderData(Call call) {
        return ATTENTION.orderData(attention(call));
    }

    /// The batch.
    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        return Optional.of(new BatchAxis(java.util.Map.of("Q", 0, "K", 0, "V", 0), java.util.Map.of("Y", 0)));
    }
}
