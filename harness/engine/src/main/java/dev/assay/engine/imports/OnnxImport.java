package dev.assay.engine.imports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.engine.onnx.OnnxFolder;
import dev.assay.engine.plan.Case;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import dev.assay.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The calls of a folder of ONNX node tests as a suite: it runs on any backend, without the folder, on inputs that a
/// recipe makes.
///
/// What `assay run --onnx` does is another thing: that runs the stored inputs and holds the stored outputs against the
/// reference.
public final class OnnxImport {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private OnnxImport() {}

    /// Reads a folder of node tests.
    ///
    /// @param name of the suite
    /// @param fill recipe of the inputs
    public static Imported read(Path folder, String name, String fill, long seed) {
        String description = "Calls of ONNX node tests, on inputs of the recipe " + fill + ".";
        SuiteText suite = new SuiteText(name, description, seed);
        for (Case theirs : new OnnxFolder(folder).cases()) {
            String test = theirs.why();
            Optional<Call> call = theirs.call();
            if (call.isEmpty()) {
                suite.leaveOut(test, reason(theirs));
                continue;
            }
            try {
                suite.take(test, template(call.get(), fill), ours -> ours.call().equals(call));
            } catch (NotExpressible e) {
                suite.leaveOut(test, e.reason());
            }
        }
        return suite.result();
    }

    private static String reason(Case theirs) {
        return theirs.spec().known() == null
                ? "it cannot be run"
                : theirs.spec().known().reason();
    }

    private static ObjectNode template(Call call, String fill) throws NotExpressible {
        Operator operator = Operators.named(call.operator(), "import onnx");
        ObjectNode template = JSON.objectNode();
        template.put("operator", call.operator());
        ObjectNode inputs = template.putObject("inputs");
        ObjectNode types = JSON.objectNode();
        ObjectNode constants = JSON.objectNode();
        DType first = DType.F32;
        for (Operand operand : call.inputs()) {
            if (operand.spec().isEmpty()) {
                continue;
            }
            TensorSpec spec = operand.spec().get();
            first = inputs.isEmpty() ? spec.dtype() : first;
            inputs.set(operand.name(), SuiteText.integers(spec.shape().toList()));
            if (spec.dtype() != first) {
                types.put(operand.name(), spec.dtype().label());
            }
            List<Long> values = call.constants().get(operand.name());
            if (values != null) {
                constants.set(operand.name(), SuiteText.integers(values));
            }
        }
        SuiteText.put(template, "types", types);
        SuiteText.put(template, "outputs", SuiteText.texts(optionalOutputs(operator, call)));
        SuiteText.put(template, "attributes", attributes(operator, call));
        SuiteText.put(template, "constants", constants);
        template.set("dtypes", SuiteText.texts(List.of(first.label())));
        template.set("fills", SuiteText.texts(List.of(fill)));
        return template;
    }

    private static List<String> optionalOutputs(Operator operator, Call call) {
        List<String> names = new ArrayList<>();
        for (Parameter output : operator.signature().outputs()) {
            if (output.optional() && !output.variadic() && call.hasOutput(output.name())) {
                names.add(output.name());
            }
        }
        return names;
    }

    /// Those that differ from their defaults.
    private static ObjectNode attributes(Operator operator, Call call) throws NotExpressible {
        ObjectNode attributes = JSON.objectNode();
        for (AttributeSpec spec : operator.signature().attributes()) {
            Optional<Attribute> value = call.attributes().find(spec.name());
            if (value.isPresent() && !value.equals(spec.standard())) {
                attributes.set(spec.name(), json(spec.name(), value.get()));
            }
        }
        return attributes;
    }

    private static JsonNode json(String name, Attribute attribute) throws NotExpressible {
        return switch (attribute) {
            case Attribute.Int(long value) -> JSON.numberNode(value);
            case Attribute.Real(double value) -> real(name, value);
            case Attribute.Ints(List<Long> values) -> SuiteText.integers(values);
            case Attribute.Reals(List<Double> values) -> {
                ArrayNode list = JSON.arrayNode();
                for (double value : values) {
                    list.add(real(name, value));
                }
                yield list;
            }
            case Attribute.Text(String value) -> {
                if (value.startsWith("$")) {
                    throw new NotExpressible(
                            "attribute " + name + " is '" + value + "', which is a variable's name here");
                }
                yield JSON.textNode(value);
            }
        };
    }

    private static JsonNode real(String name, double value) throws NotExpressible {
        if (!Double.isFinite(value)) {
            throw new NotExpressible("attribute " + name + " is " + value + ", for which JSON has no number");
        }
        return JSON.numberNode(value);
    }
}
