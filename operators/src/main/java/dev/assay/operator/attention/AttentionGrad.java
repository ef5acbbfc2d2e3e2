package dev.assay.operator.attention;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.BatchAxis;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Cost;
import dev.assay.operator.Gradient;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.NamedOperator;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Probe;
import dev.assay.operator.Scaling;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.operator.attention.AttentionGradient.Slip;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Gradients of scaled dot-product attention with respect to queries, keys and values: with P the
/// probabilities and `D
/// = Σ dY · Y` of each query, `dS = P (dY Vᵀ - D)`, `dQ = scale dS K`, `dK = scale dSᵀ Q`, `dV = Pᵀ dY`.
///
/// - inputs: `dY` like the output of `attention`; `Q`, `K`, `V`, `attn_mask` and the attributes as
///   there, without past
///   and without padding
/// - keys and values that several heads of queries share have the sum of their gradients
/// - a soft cap multiplies dS with its slope `1 - tanh²(s / softcap)`
/// - `dropout_mask` says which probabilities the forward pass has kept, which are multiplied with `1 /
///   (1 - dropout)`
///   there and here: dropout is no function of a seed that devices share, so that its mask is an input
/// - the output and the log-sum-exps of the forward pass are no inputs, since inputs are drawn
///   independently of each
///   other; a kernel that needs them computes them first, and may round them as the forward pass does
/// - a query without any visible key has zeros, and gives none
/// - what a NaN or an infinity reaches is left open
/// - source: derivative of ONNX Attention-24; FlashAttention-2, arXiv:2307.08691, algorithm 2; dropout
///   as in PyTorch
///   `scaled_dot_product_attention`
public final class AttentionGrad extends NamedOperator implements Gradient {
    private static final Attention ATTENTION = new Attention();
    private static final Set<DType> MASKS = Signature.only(DType.BOOL, DType.F64, DType.F32, DType.F16, DType.BF16);

    private final Slip slip;

    public AttentionGrad() {
        this(Slip.NONE);
    }

    private AttentionGrad(Slip slip) {
        super(
                "attention_grad",
                "",
                new About(
                        "dS = P (dY Vᵀ - Σ dY Y), dQ = scale dS K, dK = scale dSᵀ Q, dV = Pᵀ dY",
                        "derivative of ONNX Attention-24; FlashAttention-2, arXiv:2307.08691",
                        About.Errors.COMPOSITE),
                new Signature(
                        List.of(
                                Parameter.required(
                                        "dY", "T", Signature.floats(), "gradient of the output [b,h,s,e] or [b,s,h*e]"),
                                Parameter.required("Q", "T", Signature.floats(), "queries [b,h,s,d] or [b,s,h*d]"),
                                Parameter.required("K", "T", Signature.floats(), "keys [b,g,t,d] or [b,t,g*d]"),
                                Parameter.required("V", "T", Signature.floats(), "values [b,g,t,e] or [b,t,g*e]"),
                                Parameter.optional(
                                        "attn_mask", "U", MASKS, "broadcasts to [b,h,s,t]; bool or type of Q"),
                                Parameter.optional(
                                        "dropout_mask",
                                        "B",
                                        Signature.only(DType.BOOL),
                                        "which probabilities were kept [b,h,s,t]")),
                        List.of(
                                Parameter.required("dQ", "T", Signature.floats(), "gradient of Q, like it"),
                                Parameter.required("dK", "T", Signature.floats(), "gradient of K, like it"),
                                Parameter.required("dV", "T", Signature.floats(), "gradient of V, like it")),
                        List.of(
                                AttributeSpec.real("dropout", 0, "part of the probabilities that was dropped"),
                                AttributeSpec.integer("is_causal", 0, "1: a query sees no later key"),
                                AttributeSpec.optional("kv_num_heads", Attribute.Int.class, "g, for 3-D inputs"),
                                AttributeSpec.optional("q_num_heads", Attribute.Int.class, "h, for 3-D inputs"),
                                AttributeSpec.optional(
                                        "scale", Attribute.Real.class, "factor on the scores; 1/sqrt(d)"),
                                AttributeSpec.real("softcap", 0, "limit of the scores; 0 for none"))));
        this.slip = slip;
    }

    @Override
    public Operator forward() {
        return ATTENTION;
    }

    /// The forward operator drops nothing.
    @Override
    public Map<String, Source> sources() {
        return Map.of(
                "dY", Source.cotangent("Y"),
                "Q", Source.input("Q"),
                "K", Source.input("K"),
                "V", Source.input("V"),
                "attn_mask", Source.input("attn_mask"),
                "dropout_mask", Source.input("dropout_mask"));
    }

    @Override
    public Map<String, String> gradients() {
        return Map.of("dQ", "Q", "dK", "K", "dV", "V");
    }

    /// The forward call.
    private Call attention(Call call) {
        CallBuilder builder = new CallBuilder(ATTENTION, name());
        for (String input : List.of("Q", "K", "V", "attn_mask")) {
            if (call.hasInput(input)) {
                builder.input(input, call.input(input));
            }
        }
        for (String attribute : List.of("is_causal", "kv_num_heads", "q_num_heads", "scale", "softcap")) {
            call.attributes().find(attribute).ifPresent(value -> builder.attribute(attribute, value));
        }
        return builder.build();
    }

    private AttentionPlan plan(Call call) {
        AttentionPlan plan = AttentionPlan.of(attention(call));
        Shape dy = call.input("dY").shape();
        require(dy.equals(plan.result()), "dY is " + dy, "dY", "give it the shape of the output, " + plan.result());
        double ratio = call.attributes().real("dropout");
        require(ratio >= 0 && ratio < 1, "dropout " + ratio, "attribute dropout", "give a part from 0 to below 1");
        boolean masked = call.hasInput("dropout_mask");
        require(
                masked || ratio == 0,
                "dropout " + ratio + " without dropout_mask",
                "dropout_mask",
                "say which probabilities were kept");
        if (masked) {
            Shape mask = call.input("dropout_mask").shape();
            require(mask.equals(plan.scores()), "dropout_mask is " + mask, "dropout_mask", "give it " + plan.scores());
        }
        return plan;
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        plan(call);
        DType dtype = call.input("Q").dtype();
        List<TensorSpec> all = new ArrayList<>();
        for (String input : List.of("Q", "K", "V")) {
            all.add(TensorSpec.dense(dtype, call.input(input).shape()));
        }
        return all;
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new AttentionGradOracle(
                plan(call), inputs, contract, call.attributes().real("dropout"), slip);
    }

    /// Five products over the keys that each query sees: scores, dP, dQ, dK and dV. A forward pass has
    /// two.
    @Override
    public Cost cost(Call call) {
        AttentionPlan plan = plan(call);
        double pairs = plan.flops() / (plan.d() + plan.e());
        return new Cost(pairs * (3.0 * plan.d() + 2.0 * plan.e()), call.tensorBytes());
    }

    /// Products of values, of their squares and of their errors; keys that are masked count.
    @Override
    public double referenceFlops(Call call) {
        AttentionPlan plan = plan(call);
        double pairs = (double) plan.b() * plan.h() * plan.s() * plan.keys();
        return 2 * pairs * (11.0 * plan.d() + 8.0 * plan.e());
    }

    @Override
    public String sizes(Call call) {
        return ATTENTION.sizes(attention(call)) + (call.hasInput("dropout_mask") ? ".dropout" : "");
    }

    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return switch (input) {
            case "dropout_mask" -> AttentionFills.maskFill(true);
            case "dY" -> Fills.nameOf(dataSet).equals("integers") ? dataSet : Fills.of("normal");
            default -> ATTENTION.fill(attention(call), input, dataSet);
        };
    }

    @Override
    public List<Probe> probes(Call call, ComputeContract contract) {
        AttentionPlan plan = plan(call);
        if (plan.result().isEmpty() || plan.keys() == 0) {
            return List.of();
        }
        List<Probe> probes = new ArrayList<>();
        probes.add(new Probe("uniform-scores", false, "keys are missing, repeated or seen through the mask"));
        if (plan.causal()) {
            probes.add(new Probe("boundary-seeking", false, "the mask ends a key too early or too late"));
        }
        probes.add(new Probe("peaky", true, "scores or probabilities are rougher than declared"));
        return probes;
    }

    /// All gradients are linear in dY.
    @Override
    public List<Scaling> scalings(Call call) {
        return List.of(new Scaling(Map.of("dY", 2), Map.of("dQ", 2, "dK", 2, "dV", 2)));
    }

    @Override
    public Optional<BatchAxis> batchAxis(Call call) {
        Map<String, Integer> inputs = new HashMap<>(Map.of("dY", 0, "Q", 0, "K", 0, "V", 0));
        AttentionPlan plan = plan(call);
        if (call.hasInput("dropout_mask")) {
            inputs.put("dropout_mask", 0);
        }
        if (call.hasInput("attn_mask")) {
            Shape mask = call.input("attn_mask").shape();
            if (mask.rank() == 4 && mask.dim(0) == plan.b() && plan.b() > 1) {
                inputs.put("attn_mask", 0);
            }
        }
        return Optional.of(new BatchAxis(inputs, Map.of("dQ", 0, "dK", 0, "dV", 0)));
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return AttentionGradReadings.all(call, inputs, plan(call), AttentionGrad::new);
    }

    /// Queries and keys are summed over the head, values over the keys, gradients of the output over
    /// the queries.
    @Override
    public Fill.Along along(Call call, String input) {
        Shape shape = call.input(input).shape();
        boolean overLines = input.equals("V") || input.equals("dY");
        return Fill.Along.axis(shape, overLines ? -2 : -1);
    }
}
