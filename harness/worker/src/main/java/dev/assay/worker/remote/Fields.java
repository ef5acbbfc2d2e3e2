package dev.assay.worker.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The fields of a JSON object that somebody else wrote. Whatever is not as expected throws [WireException] with the
/// name of the field.
final class Fields {
    /// Largest whole number that every JSON implementation keeps.
    private static final long LARGEST = 1L << 53;

    private final ObjectNode object;
    private final String where;
    private final Set<String> known = new LinkedHashSet<>();

    /// @param where what the object is, for errors: `reply to prepare`
    Fields(JsonNode node, String where) {
        if (!(node instanceof ObjectNode readable)) {
            throw new WireException(where + " is no JSON object");
        }
        this.object = readable;
        this.where = where;
    }

    boolean has(String name) {
        known.add(name);
        return object.has(name);
    }

    JsonNode node(String name) {
        known.add(name);
        JsonNode value = object.get(name);
        if (value == null) {
            throw new WireException(where + " has no field '" + name + "'");
        }
        return value;
    }

    Fields object(String name) {
        return new Fields(node(name), where + ", field " + name);
    }

    Optional<Fields> findObject(String name) {
        return has(name) ? Optional.of(object(name)) : Optional.empty();
    }

    List<Fields> objects(String name) {
        List<Fields> objects = new ArrayList<>();
        for (JsonNode each : array(name)) {
            objects.add(new Fields(each, where + ", field " + name + "[" + objects.size() + "]"));
        }
        return objects;
    }

    private JsonNode array(String name) {
        JsonNode value = node(name);
        if (!value.isArray()) {
            throw wrong(name, "no array");
        }
        return value;
    }

    String text(String name) {
        JsonNode value = node(name);
        if (!value.isTextual()) {
            throw wrong(name, "no text");
        }
        return value.textValue();
    }

    String text(String name, String absent) {
        return has(name) ? text(name) : absent;
    }

    boolean flag(String name) {
        JsonNode value = node(name);
        if (!value.isBoolean()) {
            throw wrong(name, "neither true nor false");
        }
        return value.booleanValue();
    }

    /// A whole number from `least` up to 2^53.
    long integer(String name, long least) {
        return integer(node(name), name, least);
    }

    long integer(String name, long least, long absent) {
        return has(name) ? integer(name, least) : absent;
    }

    private long integer(JsonNode value, String name, long least) {
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(name, "no whole number");
        }
        long number = value.longValue();
        if (number < least || (least >= 0 && number > LARGEST)) {
            throw wrong(name, "out of range");
        }
        return number;
    }

    List<Long> integers(String name, long least) {
        List<Long> numbers = new ArrayList<>();
        for (JsonNode each : array(name)) {
            numbers.add(integer(each, name + "[" + numbers.size() + "]", least));
        }
        return numbers;
    }

    double real(String name) {
        return real(node(name), name);
    }

    double real(String name, double absent) {
        return has(name) ? real(name) : absent;
    }

    private double real(JsonNode value, String name) {
        if (value.isNumber()) {
            return value.doubleValue();
        }
        return switch (value.asText()) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw wrong(name, "no number");
        };
    }

    List<Double> reals(String name) {
        List<Double> numbers = new ArrayList<>();
        for (JsonNode each : array(name)) {
            numbers.add(real(each, name + "[" + numbers.size() + "]"));
        }
        return numbers;
    }

    /// All fields, which must be texts.
    Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        names().forEach(name -> texts.put(name, text(name)));
        return texts;
    }

    Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /// Throws if there is a field that nobody asked for.
    void nothingElse() {
        Set<String> rest = names();
        rest.removeAll(known);
        if (!rest.isEmpty()) {
            throw new WireException(where + " has unknown fields " + rest + "; known are " + known);
        }
    }

    private WireException wrong(String name, String how) {
        String value = String.valueOf(object.get(name));
        String shown = value.length() > 80 ? value.substring(0, 80) + "..." : value;
        return new WireException(where + ", field " + name + ": " + how + ": " + shown);
    }
}
