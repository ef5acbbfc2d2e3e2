package dev.assay.operator;

import dev.assay.backend.Attribute;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Puts a call together and checks it against the operator's signature, before a backend sees it.
public final class CallBuilder {
    private final Operator operator;
    private final String where;
    private final Map<String, TensorSpec> inputs = new LinkedHashMap<>();
    private final Map<String, Attribute> attributes = new TreeMap<>();
    private final Map<String, List<Long>> constants = new LinkedHashMap<>();
    private final Set<String> wanted = new LinkedHashSet<>();

    /// @param where what to name in errors: a suite's case, a model file
    public CallBuilder(Operator operator, String where) {
        this.operator = operator;
        this.where = where;
    }

    public CallBuilder input(String name, TensorSpec spec) {
        inputs.put(name, spec);
        return this;
    }

    /// An input whose values belong to the call.
    public CallBuilder constant(String name, TensorSpec spec, List<Long> values) {
        constants.put(name, List.copyOf(values));
        return input(name, spec);
    }

    public CallBuilder attribute(String name, Attribute value) {
        attributes.put(name, value);
        return this;
    }

    /// Asks for an optional output. Required outputs are always there.
    public CallBuilder output(String name) {
        wanted.add(name);
        return this;
    }

    /// Throws [InvalidCallException] with what is wrong.
    public Call build() {
        Signature signature = operator.signature();
        checkNames("input", inputs.keySet(), signature.inputs());
        checkNames("output", wanted, signature.outputs());
        List<Operand> operands = new ArrayList<>();
        Map<String, DType> types = new HashMap<>();
        for (Parameter parameter : signature.inputs()) {
            if (parameter.variadic()) {
                operands.addAll(members(parameter, types));
                continue;
            }
            TensorSpec spec = inputs.get(parameter.name());
            if (spec == null) {
                if (!parameter.optional()) {
                    throw invalid("input '" + parameter.name() + "' is missing", "give it: " + parameter.meaning());
                }
                operands.add(Operand.absent(parameter.name()));
                continue;
            }
            checkType(parameter, spec.dtype(), types);
            if (parameter.constant() && !constants.containsKey(parameter.name())) {
                throw invalid(
                        "the values of '" + parameter.name() + "' are not given", "give them: they belong to the call");
            }
            operands.add(Operand.of(parameter.name(), spec));
        }
        Attributes complete = complete(signature);
        Call asked = new Call(operator.name(), operands, absentOutputs(signature), complete, constants);
        List<TensorSpec> specs = operator.outputs(asked);
        List<Operand> outputs = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            Parameter parameter =
                    signature.outputs().get(Math.min(i, signature.outputs().size() - 1));
            if (parameter.variadic()) {
                operandsOf(parameter, specs.subList(i, specs.size()), outputs);
                break;
            }
            boolean present = !parameter.optional() || wanted.contains(parameter.name());
            if (present
                    && parameter.aliasOf().map(inputs::get).isEmpty()
                    && parameter.aliasOf().isPresent()) {
                throw impossible(parameter);
            }
            outputs.add(
                    present
                            ? new Operand(parameter.name(), Optional.of(specs.get(i)), parameter.aliasOf())
                            : Operand.absent(parameter.name()));
        }
        for (Parameter parameter : signature
                .outputs()
                .subList(
                        Math.min(specs.size(), signature.outputs().size()),
                        signature.outputs().size())) {
            if (wanted.contains(parameter.name())) {
                throw impossible(parameter);
            }
            if (!parameter.variadic()) {
                outputs.add(Operand.absent(parameter.name()));
            }
        }
        return new Call(operator.name(), operands, outputs, complete, constants);
    }

    private InvalidCallException impossible(Parameter output) {
        return invalid(
                "this call has no output '" + output.name() + "'",
                "do not ask for it, or give the inputs that it comes from: " + output.meaning());
    }

    /// The tensors of a variadic input: `name.0`, `name.1` and so on, without gaps.
    private List<Operand> members(Parameter parameter, Map<String, DType> types) {
        List<Operand> members = new ArrayList<>();
        for (int n = 0; inputs.containsKey(Call.member(parameter.name(), n)); n++) {
            String name = Call.member(parameter.name(), n);
            TensorSpec spec = java.util.Objects.requireNonNull(inputs.get(name));
            checkType(parameter, spec.dtype(), types);
            members.add(Operand.of(name, spec));
        }
        long given = inputs.keySet().stream()
                .filter(name -> Call.isMember(parameter.name(), name))
                .count();
        if (given != members.size() || (given == 0 && !parameter.optional())) {
            throw invalid(
                    given == 0
                            ? "input '" + parameter.name() + "' is missing"
                            : "of the inputs '" + parameter.name() + "' some are left out: " + inputs.keySet(),
                    "give " + Call.member(parameter.name(), 0) + ", " + Call.member(parameter.name(), 1)
                            + " and so on: " + parameter.meaning());
        }
        return members;
    }

    private static void operandsOf(Parameter parameter, List<TensorSpec> specs, List<Operand> into) {
        for (int n = 0; n < specs.size(); n++) {
            into.add(Operand.of(Call.member(parameter.name(), n), specs.get(n)));
        }
    }

    private static List<Operand> absentOutputs(Signature signature) {
        return signature.outputs().stream()
                .map(parameter -> Operand.absent(parameter.name()))
                .toList();
    }

    private void checkNames(String kind, Set<String> given, List<Parameter> known) {
        for (String name : given) {
            boolean fits = known.stream()
                    .anyMatch(parameter -> parameter.variadic()
                            ? Call.isMember(parameter.name(), name)
                            : parameter.name().equals(name));
            if (!fits) {
                throw unknown(kind, name, known.stream().map(Parameter::name).toList());
            }
        }
    }

    private InvalidCallException unknown(String kind, String name, List<String> known) {
        return invalid(operator.name() + " has no " + kind + " '" + name + "'", "use one of " + known);
    }

    private void checkAttributes(Set<String> given, List<String> known) {
        for (String name : given) {
            if (!known.contains(name)) {
                throw unknown("attribute", name, known);
            }
        }
    }

    private void checkType(Parameter parameter, DType dtype, Map<String, DType> types) {
        if (!parameter.dtypes().contains(dtype)) {
            throw invalid(
                    "input '" + parameter.name() + "' is " + dtype,
                    "use one of "
                            + parameter.dtypes().stream()
                                    .sorted()
                                    .map(DType::label)
                                    .toList());
        }
        DType bound = types.putIfAbsent(parameter.type(), dtype);
        if (bound != null && bound != dtype) {
            throw invalid(
                    "input '" + parameter.name() + "' is " + dtype + " and another of type " + parameter.type() + " is "
                            + bound,
                    "give all of them one dtype");
        }
    }

    private Attributes complete(Signature signature) {
        Map<String, AttributeSpec> known =
                signature.attributes().stream().collect(Collectors.toMap(AttributeSpec::name, spec -> spec));
        checkAttributes(attributes.keySet(), known.keySet().stream().sorted().toList());
        Map<String, Attribute> complete = new TreeMap<>();
        for (AttributeSpec spec : signature.attributes()) {
            Attribute value = attributes.get(spec.name());
            if (value == null) {
                spec.standard().ifPresent(standard -> complete.put(spec.name(), standard));
                continue;
            }
            complete.put(spec.name(), converted(spec, value));
        }
        return Attributes.of(complete);
    }

    /// A whole number stands for a real one; nothing else is converted.
    private Attribute converted(AttributeSpec spec, Attribute value) {
        if (spec.kind() == Attribute.Real.class && value instanceof Attribute.Int(long whole)) {
            return new Attribute.Real(whole);
        }
        if (!spec.kind().isInstance(value)) {
            throw invalid(
                    "attribute '" + spec.name() + "' is " + value.getClass().getSimpleName() + " " + value,
                    "give " + spec.kind().getSimpleName() + ": " + spec.meaning());
        }
        return value;
    }

    private InvalidCallException invalid(String what, String fix) {
        return new InvalidCallException(what, where, fix);
    }
}
