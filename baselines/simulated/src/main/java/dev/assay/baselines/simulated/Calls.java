package dev.assay.baselines.simulated;

import dev.assay.backend.Attribute;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Calls with something exchanged: what a kernel makes of a call that it misreads.
public final class Calls {
    private Calls() {}

    /// With another attribute.
    public static Call attribute(Call call, String name, Attribute value) {
        Map<String, Attribute> attributes = new TreeMap<>(call.attributes().values());
        attributes.put(name, value);
        return new Call(call.operator(), call.inputs(), call.outputs(), Attributes.of(attributes), call.constants());
    }

    /// With another integer attribute.
    public static Call integer(Call call, String name, long value) {
        return attribute(call, name, new Attribute.Int(value));
    }

    /// With another real attribute.
    public static Call real(Call call, String name, double value) {
        return attribute(call, name, new Attribute.Real(value));
    }

    /// With another text attribute.
    public static Call text(Call call, String name, String value) {
        return attribute(call, name, new Attribute.Text(value));
    }

    /// As a call of another operator, whose operands have the same names.
    public static Call operator(Call call, String operator) {
        return new Call(operator, call.inputs(), call.outputs(), call.attributes(), call.constants());
    }

    /// Without an optional input.
    public static Call without(Call call, String input) {
        List<Operand> inputs = new ArrayList<>();
        for (Operand operand : call.inputs()) {
            inputs.add(operand.name().equals(input) ? Operand.absent(input) : operand);
        }
        Map<String, List<Long>> constants = new HashMap<>(call.constants());
        constants.remove(input);
        return new Call(call.operator(), inputs, call.outputs(), call.attributes(), constants);
    }

    /// With other values for an input whose values belong to the call.
    public static Call constant(Call call, String input, List<Long> values) {
        Map<String, List<Long>> constants = new HashMap<>(call.constants());
        constants.put(input, values);
        return new Call(call.operator(), call.inputs(), call.outputs(), call.attributes(), constants);
    }
}
