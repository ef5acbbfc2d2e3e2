package dev.assay.engine.model;

import dev.assay.backend.Attribute;
import dev.assay.engine.model.Calls.AttentionSizes;
import dev.assay.engine.plan.DrawnConstant;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.Operator;
import dev.assay.tensor.DType;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;
import dev.assay.tensor.TensorSpec;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A call being put together, whose constants recipes draw.
final class Draft {
    private final Operator operator;
    private final CallBuilder builder;
    private final String model;
    private final long seed;
    private final Map<String, String> drawn = new LinkedHashMap<>();

    /// @param model its name
    /// @param seed of the constants that are drawn
    Draft(Operator operator, String role, String model, long seed) {
        this.operator = operator;
        this.model = model;
        this.seed = seed;
        this.builder = new CallBuilder(operator, role);
    }

    Draft input(String name, TensorSpec spec) {
        builder.input(name, spec);
        return this;
    }

    Draft output(String name) {
        builder.output(name);
        return this;
    }

    Draft attribute(String name, Attribute value) {
        builder.attribute(name, value);
        return this;
    }

    Draft attribute(String name, long value) {
        return attribute(name, new Attribute.Int(value));
    }

    Draft attribute(String name, double value) {
        return attribute(name, new Attribute.Real(value));
    }

    Draft attribute(String name, String value) {
        return attribute(name, new Attribute.Text(value));
    }

    Draft attribute(String name, long... values) {
        return attribute(name, new Attribute.Ints(Arrays.stream(values).boxed().toList()));
    }

    Draft drawn(String name, TensorSpec spec, String recipe, long... parameters) {
        Fill fill = Fills.of(recipe, Arrays.stream(parameters).asDoubleStream().toArray());
        builder.constant(name, spec, DrawnConstant.values(operator, name, spec, fill, seed, model));
        drawn.put(name, fill.name());
        return this;
    }

    /// Starts of sequences of one length.
    Draft starts(String name, long sequences, long length) {
        return drawn(name, TensorSpec.of(DType.I32, sequences + 1), "steps", 0, length);
    }

    /// The pages of each sequence, in no order, and how many keys it has: its last page may be partly in use.
    Draft pages(AttentionSizes sizes) {
        return drawn(
                        "block_table",
                        TensorSpec.of(DType.I32, sizes.batch(), sizes.pages()),
                        "distinct",
                        0,
                        sizes.blocks() - 1)
                .drawn("kv_seq_lens", TensorSpec.of(DType.I32, sizes.batch()), "values", sizes.keys());
    }

    /// Where the last keys of each sequence go.
    Draft slots(AttentionSizes sizes) {
        return drawn(
                "slot_mapping",
                TensorSpec.of(DType.I64, sizes.batch() * sizes.queries()),
                "slots",
                Calls.PAGE,
                sizes.keys() - sizes.queries(),
                sizes.queries(),
                sizes.blocks());
    }

    Use use(String fill, String role, long times) {
        return new Use(operator.name(), Optional.of(builder.build()), fill, Map.copyOf(drawn), role, times);
    }
}
