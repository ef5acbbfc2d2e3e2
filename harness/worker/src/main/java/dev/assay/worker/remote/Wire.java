package dev.assay.worker.remote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.HarnessException;
import dev.assay.backend.Attribute;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.backend.Call.Operand;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.DeviceInfo;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What calls, devices and contracts look like in messages, in both directions.
///
/// Whatever comes from the other side is checked: a field that is missing, of another kind or out of range throws
/// [WireException].
final class Wire {
    /// Version of the protocol.
    static final int VERSION = 1;

    static final String HOST = "host";
    static final String DEVICE = "device";

    private static final int DEEPEST = 64;

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEEPEST)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Wire() {}

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    static String text(JsonNode message) {
        return message.toString();
    }

    /// Reads a message. Throws [WireException] if it is no JSON, or nested too deep.
    static JsonNode parse(String message) {
        try {
            return JSON.readTree(message);
        } catch (JsonProcessingException e) {
            throw new WireException("a message that is no JSON: " + e.getOriginalMessage());
        }
    }

    static ObjectNode call(Call call) {
        ObjectNode node = object();
        node.put("operator", call.operator());
        call.inputs().forEach(operand -> operand(operand, node.withArray("inputs")));
        call.outputs().forEach(operand -> operand(operand, node.withArray("outputs")));
        ObjectNode attributes = node.putObject("attributes");
        call.attributes().values().forEach((name, value) -> attribute(value, attributes.putObject(name)));
        ObjectNode constants = node.putObject("constants");
        call.constants().forEach((name, values) -> values.forEach(constants.putArray(name)::add));
        return node;
    }

    private static void operand(Operand operand, ArrayNode into) {
        ObjectNode node = into.addObject().put("name", operand.name());
        operand.spec().ifPresent(spec -> {
            node.put("dtype", spec.dtype().label());
            ArrayNode shape = node.putArray("shape");
            for (long dim : spec.shape().toArray()) {
                shape.add(dim);
            }
            ArrayNode strides = node.putArray("strides");
            spec.strides().forEach(strides::add);
        });
        operand.aliasOf().ifPresent(input -> node.put("alias_of", input));
    }

    private static void attribute(Attribute value, ObjectNode node) {
        switch (value) {
            case Attribute.Int(long number) -> node.put("int", number);
            case Attribute.Real(double number) -> node.put("real", number);
            case Attribute.Text(String text) -> node.put("text", text);
            case Attribute.Ints(List<Long> numbers) -> numbers.forEach(node.putArray("ints")::add);
            case Attribute.Reals(List<Double> numbers) -> numbers.forEach(node.putArray("reals")::add);
        }
    }

    static Call call(Fields node) {
        Map<String, Attribute> attributes = new TreeMap<>();
        Fields values = node.object("attributes");
        values.names().forEach(name -> attributes.put(name, attribute(values.object(name))));
        Map<String, List<Long>> constants = new LinkedHashMap<>();
        Fields known = node.object("constants");
        known.names().forEach(name -> constants.put(name, known.integers(name, Long.MIN_VALUE)));
        return new Call(
                node.text("operator"),
                operands(node, "inputs"),
                operands(node, "outputs"),
                Attributes.of(attributes),
                constants);
    }

    private static List<Operand> operands(Fields node, String name) {
        List<Operand> operands = new ArrayList<>();
        if (node.has(name)) {
            node.objects(name).forEach(each -> operands.add(operand(each)));
        }
        return operands;
    }

    private static Operand operand(Fields node) {
        String name = node.text("name");
        if (!node.has("dtype")) {
            return Operand.absent(name);
        }
        try {
            TensorSpec spec = new TensorSpec(
                    DType.of(node.text("dtype"), "operand " + name),
                    Shape.of(node.integers("shape", 0).stream()
                            .mapToLong(Long::longValue)
                            .toArray()),
                    node.integers("strides", 0));
            return new Operand(
                    name,
                    Optional.of(spec),
                    node.has("alias_of") ? Optional.of(node.text("alias_of")) : Optional.empty());
        } catch (IllegalArgumentException | HarnessException e) {
            throw new WireException("operand " + name + ": " + e.getMessage());
        }
    }

    private static Attribute attribute(Fields node) {
        String kind =
                node.names().stream().findFirst().orElseThrow(() -> new WireException("an attribute without a value"));
        Attribute value = switch (kind) {
            case "int" -> new Attribute.Int(node.integer(kind, Long.MIN_VALUE));
            case "real" -> new Attribute.Real(node.real(kind));
            case "text" -> new Attribute.Text(node.text(kind));
            case "ints" -> new Attribute.Ints(node.integers(kind, Long.MIN_VALUE));
            case "reals" -> new Attribute.Reals(node.reals(kind));
            default -> throw new WireException("an attribute of kind '" + kind + "'");
        };
        node.nothingElse();
        return value;
    }

    static ObjectNode device(DeviceInfo device) {
        ObjectNode node = object().put("model", device.model())
                .put("driver", device.driver())
                .put("firmware", device.firmware())
                .put("memory_bytes", device.memoryBytes())
                .put("bandwidth", device.bandwidthBytesPerSecond())
                .put("alignment", device.alignmentBytes());
        ObjectNode peaks = node.putObject("peak_flops");
        device.peakFlopsPerSecond().forEach((dtype, peak) -> peaks.put(dtype.label(), peak));
        return node;
    }

    static DeviceInfo device(Fields node) {
        Map<DType, Double> peaks = new EnumMap<>(DType.class);
        node.findObject("peak_flops")
                .ifPresent(given -> given.names().forEach(name -> {
                    try {
                        peaks.put(DType.of(name, "peak_flops"), given.real(name));
                    } catch (HarnessException e) {
                        throw new WireException(e.oneLine());
                    }
                }));
        DeviceInfo device = new DeviceInfo(
                node.text("model"),
                node.text("driver", ""),
                node.text("firmware", ""),
                node.integer("memory_bytes", 0, 0),
                peaks,
                node.real("bandwidth", 0),
                node.integer("alignment", 0, 0));
        node.nothingElse();
        return device;
    }

    static ObjectNode contract(ComputeContract contract) {
        ObjectNode node = object();
        contract.fields().forEach(node::put);
        return node;
    }

    static ComputeContract contract(Map<String, String> fields) {
        ComputeContract.Builder builder = ComputeContract.strict();
        fields.forEach((name, value) -> builder.field(name, value));
        return builder.build();
    }

    static ObjectNode texts(SortedMap<String, String> values) {
        ObjectNode node = object();
        values.forEach(node::put);
        return node;
    }
}
