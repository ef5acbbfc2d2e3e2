package dev.assay.engine.imports;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What an operator of Teco-Ops is called here: the table of [#ALL].
final class TecoOperator {

    /// What a parameter of theirs becomes.
    @FunctionalInterface
    interface Rule {
        /// Adds what it means to our attributes, or objects.
        void apply(String value, ObjectNode attributes) throws NotExpressible;
    }

    /// Their operators that are no operators of neural networks.
    static final Map<String, String> OTHER_FIELDS = Map.of(
            "memset", "it fills memory, which is no operator of a neural network",
            "flatten_rays", "it numbers the samples of rays, which is no operator of a neural network",
            "morton3D_invert", "it takes the bits of indices apart, which is no operator of a neural network");

    /// By their names; the first line that fits a case's inputs is its.
    static final List<TecoOperator> ALL = List.of(
            new TecoOperator("flash_attention", "paged_attention")
                    .operand("qData", "q")
                    .operand("kCache", "k_cache")
                    .operand("vCache", "v_cache")
                    .distinct("blockTable", "block_table")
                    .operand("q_seq_lens", "q_seq_lens")
                    .operand("kv_seq_lens", "kv_seq_lens")
                    .output("oData", "out")
                    .text("layout", "hnd")
                    .parameter("max_seqlen_q", anything())
                    .parameter("max_seqlen_k", anything()),
            new TecoOperator("rms_norm", "add_rms_normalization")
                    .operand("input", "X")
                    .operand("residual", "residual")
                    .operand("weight", "scale")
                    .output("output", "Y")
                    .output("residual_out", "Sum")
                    .parameter("eps", real("epsilon")),
            new TecoOperator("rms_norm", "rms_normalization")
                    .operand("input", "X")
                    .operand("weight", "scale")
                    .output("output", "Y")
                    .parameter("eps", real("epsilon")),
            new TecoOperator("reshape_and_cache", "reshape_and_cache")
                    .operand("key", "key")
                    .operand("value", "value")
                    .operand("key_cache", "key_cache")
                    .operand("value_cache", "value_cache")
                    .distinct("slot_mapping", "slot_mapping")
                    .output("key_cache", "new_key_cache")
                    .output("value_cache", "new_value_cache")
                    .text("layout", "HND"),
            new TecoOperator("causal_conv1d", "causal_conv1d")
                    .operand("x", "x")
                    .operand("weight", "weight")
                    .operand("convState", "conv_state")
                    .operand("query_start_loc", "query_start_loc")
                    .operand("cache_indices", "cache_indices")
                    .operand("has_initial_state", "has_initial_state")
                    .output("out", "out")
                    .output("convState_out", "conv_state_out")
                    .parameter("pad_slot_id", integer("pad_slot_id"))
                    .parameter("api_mode", only("0"))
                    .parameter("act_mode", only("0"))
                    // Of a tensor whose rows follow each other, however its pages are spaced.
                    .parameter("conv_state_stride", anything())
                    .parameter("x_seq_stride", anything())
                    .parameter("out_seq_stride", anything()),
            new TecoOperator("reduce_variance", "reduce_variance")
                    .operand("x", "x")
                    .output("y", "y")
                    .parameter("axis", integer("axis"))
                    .parameter("correction", integer("correction")));

    private final String theirs;
    private final String ours;
    private final Map<String, String> operands = new LinkedHashMap<>();
    private final Map<String, String> outputs = new LinkedHashMap<>();
    private final Map<String, Rule> parameters = new LinkedHashMap<>();
    private final Map<String, String> texts = new LinkedHashMap<>();
    private final List<String> distinct = new ArrayList<>();

    private TecoOperator(String theirs, String ours) {
        this.theirs = theirs;
        this.ours = ours;
    }

    /// An input, or an output that is also read.
    private TecoOperator operand(String their, String our) {
        operands.put(their, our);
        return this;
    }

    /// An input of indices that may not meet, or say more if they do not.
    private TecoOperator distinct(String their, String our) {
        distinct.add(their);
        return operand(their, our);
    }

    private TecoOperator output(String their, String our) {
        outputs.put(their, our);
        return this;
    }

    private TecoOperator parameter(String their, Rule rule) {
        parameters.put(their, rule);
        return this;
    }

    /// An attribute of ours that says what theirs always does.
    private TecoOperator text(String attribute, String value) {
        texts.put(attribute, value);
        return this;
    }

    private static Rule anything() {
        return (value, attributes) -> {};
    }

    private static Rule only(String known) {
        return (value, attributes) -> {
            if (!value.equals(known)) {
                throw new NotExpressible("it is " + value + ", and only " + known + " is known here");
            }
        };
    }

    private static Rule integer(String attribute) {
        return (value, attributes) -> attributes.put(attribute, TecoCase.whole(value, attribute));
    }

    private static Rule real(String attribute) {
        return (value, attributes) -> attributes.put(attribute, TecoCase.number(value, attribute));
    }

    String theirs() {
        return theirs;
    }

    String ours() {
        return ours;
    }

    /// Our names of inputs by theirs.
    Map<String, String> operands() {
        return operands;
    }

    /// Our names of outputs by theirs.
    Map<String, String> outputs() {
        return outputs;
    }

    boolean isDistinct(String their) {
        return distinct.contains(their);
    }

    /// Writes what a case's parameters mean.
    void attributes(Map<String, String> given, ObjectNode attributes) throws NotExpressible {
        texts.forEach(attributes::put);
        for (Map.Entry<String, String> parameter : given.entrySet()) {
            Rule rule = parameters.get(parameter.getKey());
            if (rule == null) {
                throw new NotExpressible("parameter " + parameter.getKey() + " is not known here");
            }
            try {
                rule.apply(parameter.getValue(), attributes);
            } catch (NotExpressible e) {
                throw new NotExpressible("parameter " + parameter.getKey() + ": " + e.reason());
            }
        }
    }
}
