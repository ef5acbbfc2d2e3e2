package dev.assay.operator.sequence;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.operator.About;
import dev.assay.operator.Cost;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Operator;
import dev.assay.operator.Oracle;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// Linear attention: per head a state S `[dk,dv]` that each token decays, corrects and adds to, and a query reads.
///
/// ```
/// S <- exp(g_t) S                           gated, gated_delta
/// v_t <- β_t (v_t - Sᵀ (erase_t k_t))       delta, gated_delta; erase_t is 1 where it is not given
/// S <- S + k_t v_tᵀ
/// o_t = scale · q_tᵀ S
/// ```
///
/// - inputs: `query [b,t,h·dk]`, `key [b,t,g·dk]`, `value [b,t,g·dv]`, `past_state [b,g,dk,dv]` (zeros without),
///   `decay [b,t,g]` or `[b,t,g·dk]`, `beta [b,t,g]` or `[b,t,1]`, `erase_gate [b,t,g·dk]`
/// - query head i reads the state of head `i / (h/g)`
/// - scale 0 stands for `1/sqrt(dk)`; `chunk_size` only says how a kernel may cut the sequence
/// - source: ONNX LinearAttention-27
public final class LinearAttention implements Operator {
    private static final Set<DType> FLOATS = Signature.only(DType.F32, DType.F16, DType.BF16);

    @Override
    public String name() {
        return "linear_attention";
    }

    @Override
    public Optional<String> onnxType() {
        return Optional.of("LinearAttention");
    }

    @Override
    public About about() {
        return new About(
                "S = exp(g) S + k ⊗ β (v - Sᵀ k), o = scale · q S, by rule",
                "ONNX LinearAttention-27",
                About.Errors.COMPOSITE);
    }

    @Override
    public Signature signature() {
        return new Signature(
                List.of(
                        Parameter.required("query", "T", FLOATS, "[b,t,h*dk]"),
                        Parameter.required("key", "T", FLOATS, "[b,t,g*dk]"),
                        Parameter.required("value", "T", FLOATS, "[b,t,g*dv]"),
                        Parameter.optional("past_state", "S", FLOATS, "[b,g,dk,dv]; zeros without"),
                        Parameter.optional("decay", "T", FLOATS, "logarithm of the decay [b,t,g] or [b,t,g*dk]"),
                        Parameter.optional("beta", "T", FLOATS, "rate of the update [b,t,g] or [b,t,1]"),
                        Parameter.optional("erase_gate", "T", FLOATS, "factor on the keys that erase [b,t,g*dk]")),
                List.of(
                        Parameter.required("output", "T", FLOATS, "[b,t,h*dv]"),
                        Parameter.optional("present_state", "S", FLOATS, "[b,g,dk,dv]")),
                List.of(
                        AttributeSpec.integer("chunk_size", 64, "tokens that a kernel may take at a time; a hint"),
                        AttributeSpec.optional("kv_num_heads", Attribute.Int.class, "g; required"),
                        AttributeSpec.optional("q_num_heads", Attribute.Int.class, "h; required"),
                        AttributeSpec.real("scale", 0, "factor on the output; 0: 1/sqrt(dk)"),
                        new AttributeSpec(
                                "update_rule",
                                Attribute.Text.class,
                                Optional.of(new Attribute.Text("gated_delta")),
                                "linear, gated, delta or gated_delta")));
    }

    /// Sizes of a call: b batches, t tokens, h query heads, g heads of keys and values, head sizes dk and dv.
    record Plan(int b, int t, int h, int g, int dk, int dv, boolean gated, boolean delta, double scale, long chunk) {

        static Plan of(Call call) {
            int h = heads(call, "q_num_heads");
            int g = heads(call, "kv_num_heads");
            Shape q = call.input("query").shape();
            Shape k = call.input("key").shape();
            Shape v = call.input("value").shape();
            boolean right = q.rank() == 3
                    && k.rank() == 3
                    && v.rank() == 3
                    && h % g == 0
                    && q.dim(2) % h == 0
                    && q.dim(2) > 0
                    && k.equals(Shape.of(q.dim(0), q.dim(1), q.dim(2) / h * g))
                    && v.dim(0) == q.dim(0)
                    && v.dim(1) == q.dim(1)
                    && v.dim(2) % g == 0;
            if (!right) {
                throw invalid(
                        "query " + q + ", key " + k + ", value " + v + " for " + h + " and " + g + " heads",
                        "give them the shapes [b,t,h*dk], [b,t,g*dk] and [b,t,g*dv], h a multiple of g");
            }
            String rule = call.attributes().text("update_rule");
            if (!List.of("linear", "gated", "delta", "gated_delta").contains(rule)) {
                throw invalid("update_rule " + rule, "give linear, gated, delta or gated_delta");
            }
            double scale = call.attributes().real("scale");
            int dk = Math.toIntExact(q.dim(2) / h);
            Plan plan = new Plan(
                    Math.toIntExact(q.dim(0)),
                    Math.toIntExact(q.dim(1)),
                    h,
                    g,
                    dk,
                    Math.toIntExact(v.dim(2) / g),
                    rule.startsWith("gated"),
                    rule.endsWith("delta"),
                    scale == 0 ? 1 / Math.sqrt((double) dk) : scale,
                    Math.max(1, call.attributes().integer("chunk_size")));
            plan.checkGates(call, rule);
            return plan;
        }

        private static InvalidCallException invalid(String what, String fix) {
            return new InvalidCallException(what, "linear_attention", fix);
        }

        private static int heads(Call call, String attribute) {
            OptionalLong heads = call.attributes().findInteger(attribute);
            if (heads.isEmpty() || heads.getAsLong() < 1) {
                throw invalid("no " + attribute + " of at least 1", "give the attribute");
            }
            return Math.toIntExact(heads.getAsLong());
        }

        private void checkGates(Call call, String rule) {
            check(call, "decay", gated, gated, rule, List.of(Shape.of(b, t, g), Shape.of(b, t, (long) g * dk)));
            check(call, "beta", delta, delta, rule, List.of(Shape.of(b, t, g), Shape.of(b, t, 1)));
            check(call, "erase_gate", false, delta, rule, List.of(Shape.of(b, t, (long) g * dk)));
            check(call, "past_state", false, true, rule, List.of(state()));
        }

        private static void check(
                Call call, String input, boolean needed, boolean allowed, String rule, List<Shape> shapes) {
            boolean given = call.hasInput(input);
            if ((needed && !given) || (given && !allowed)) {
                throw invalid(
                        "update_rule " + rule + (given ? " with " : " without ") + input,
                        given ? "leave it out" : "give it");
            }
            if (given && !shapes.contains(call.input(input).shape())) {
                throw invalid(
                        input + " " + call.input(input).shape(),
                        "give it the shape "
                                + String.join(
                                        " or ",
                                        shapes.stream().map(Shape::toString).toList()));
            }
        }

        Shape output() {
            return Shape.of(b, t, (long) h * dv);
        }

        Shape state() {
            return Shape.of(b, g, dk, dv);
        }
    }

    @Override
    public List<TensorSpec> outputs(Call call) {
        Plan plan = Plan.of(call);
        DType type = call.input("query").dtype();
        return List.of(
                TensorSpec.dense(type, plan.output()),
                TensorSpec.dense(
                        call.hasInput("past_state") ? call.input("past_state").dtype() : type, plan.state()));
    }

    @Override
    public Oracle oracle(Call call, Inputs inputs, ComputeContract contract) {
        return new StateOracle(Plan.of(call), inputs, contract);
    }

    @Override
    public Cost cost(Call call) {
        Plan plan = Plan.of(call);
        double perHead = 2.0 * plan.dk() * plan.dv();
        double updates = plan.g() * perHead * (1 + (plan.gated() ? 0.5 : 0) + (plan.delta() ? 1 : 0));
        return new Cost(plan.b() * (double) plan.t() * (plan.h() * perHead + updates), call.tensorBytes());
    }

    /// The errors of every step are followed to every later token.
    @Override
    public double referenceFlops(Call call) {
        Plan plan = Plan.of(call);
        double state = (double) plan.dk() * plan.dv();
        double tokens = plan.h() * plan.t() * (plan.t() + 1.0) / 2;
        double states = (double) plan.g() * plan.dk() * plan.t() / (plan.delta() ? 1 : plan.dk());
        return cost(call).flops() + 4 * plan.b() * state * (tokens + states);
    }

    /// Keys of about unit length, decays and rates as models have them: otherwise a state grows without bound.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return switch (input) {
            case "decay" -> Fills.of("uniform", -0.25, 0);
            case "beta", "erase_gate" -> Fills.of("uniform", 0, 1);
            case "key" ->
                Fills.nameOf(dataSet).equals("normal")
                        ? Fills.of(
                                "normal",
                                0,
                                1 / Math.sqrt((double) Plan.of(call).dk()))
                        : Operator.super.fill(call, input, dataSet);
            default -> Operator.super.fill(call, input, dataSet);
        };
    }
}
