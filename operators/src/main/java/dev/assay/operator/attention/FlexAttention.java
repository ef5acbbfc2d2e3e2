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
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Attention over 4-D inputs with modified scores: `Y = softmax(mod(scale · Q Kᵀ)) · V`.
///
/// - inputs: `Q [b,h,s,d]`, `K [b,g,t,d]`, `V [b,g,t,e]`; query head i uses head `i / (h/g)` of keys and values
/// - ONNX gives the modifier as a graph `score_mod`; a call says what graphs of models come to: a soft cap, then a
///   number that is added, `bias + relative_bias (i - j)` for query i and key j, rounded to the type of Q, then the
///   causal mask, by which query i sees keys up to i
/// - each of them is what [Attention] makes of it, the number as its mask
/// - other graphs, and `prob_mod`, cannot be said: models that have them are not run
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
        return new About("Y = softmax(mod(scale · Q Kᵀ)) V", "ONNX preview FlexAttention-1", About.Errors.COMPOSITE);
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
                        AttributeSpec.real("bias", 0, "added to every score"),
                        AttributeSpec.integer("is_causal", 0, "1: a query sees no later key"),
                        AttributeSpec.real("relative_bias", 0, "times query minus key, added to the score"),
                        AttributeSpec.optional("scale", Attribute.Real.class, "factor on the scores; 1/sqrt(d)"),
                        AttributeSpec.real("softcap", 0, "limit of the scores; 0 for none"),
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
        for (String attribute : List.of("scale", "softcap", "is_causal")) {
            call.attributes().find(attribute).ifPresent(value -> builder.attribute(attribute, value));
        }
        if (isBiased(call)) {
            builder.input("attn_mask", biases(call));
        }
        return builder.build();
    }

    private static boolean isBiased(Call call) {
        return call.attributes().real("bias") != 0 || call.attributes().real("relative_bias") != 0;
    }

    private static TensorSpec biases(Call call) {
        return TensorSpec.of(
                call.input("Q").dtype(),
                call.input("Q").shape().dim(2),
                call.input("K").shape().dim(2));
    }

    private static Inputs withBiases(Call call, Inputs inputs) {
        Map<String, Tensor> all = new HashMap<>();
        for (String input : List.of("Q", "K", "V")) {
            all.put(input, inputs.get(input));
        }
        TensorSpec spec = biases(call);
        Tensor biases = Tensor.allocate(spec, Arena.ofAuto());
        long keys = spec.shape().dim(1);
        double bias = call.attributes().real("bias");
        double relative = call.attributes().real("relative_bias");
        for (long n = 0; n < spec.shape().elements(); n++) {
            biases.set(n, bias + relative * (n / keys - n % keys));
        }
        all.put("attn_mask", biases);
        return new Inputs(all);
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        for (String attribute : List.of("bias", "relative_bias")) {
            if (!Double.isFinite(call.attributes().real(attribute))) {
                throw new InvalidCallException(
                        attribute + " " + call.attributes().real(attribute),
                        name() + ", attribute " + attribute,
                        "give a finite number");
            }
        }
        return List.of(attention(call).output("Y"));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return ATTENTION.oracle(attention(call), isBiased(call) ? withBiases(call, inputs) : inputs, contract);
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
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        long heads = call.input("Q").shape().dim(1);
        long groups = call.input("K").shape().dim(1);
        return heads == groups || groups < 2
                ? List.of()
                : BatchReadings.heads(call, Rereading.of(call, inputs), Map.of("K", 1, "V", 1), heads, groups);
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
        return Optional.of(new BatchAxis(Map.of("Q", 0, "K", 0, "V", 0), Map.of("Y", 0)));
    }
}
