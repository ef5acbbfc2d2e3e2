package dev.assay.engine.imports;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.assay.HarnessException;
import dev.assay.engine.imports.Imported.LeftOut;
import dev.assay.engine.plan.Case;
import dev.assay.engine.plan.Suite;
import dev.assay.results.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Predicate;

/// A suite file as it grows: each template is read back before it is taken, so that the file is one that can be run.
final class SuiteText {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final String name;
    private final String description;
    private final long seed;
    private final Map<String, ObjectNode> templates = new LinkedHashMap<>();
    private final Map<String, List<String>> askedBy = new LinkedHashMap<>();
    private final List<LeftOut> leftOut = new ArrayList<>();
    private int read;

    SuiteText(String name, String description, long seed) {
        this.name = name;
        this.description = description;
        this.seed = seed;
    }

    /// A case that cannot be taken.
    void leaveOut(String theirName, String reason) {
        read++;
        leftOut.add(new LeftOut(theirName, reason));
    }

    /// Takes a template of one case, or leaves it out if it cannot be read as one.
    ///
    /// @param template without `why`
    /// @param right whether the case that was read is the one that was meant
    void take(String theirName, ObjectNode template, Predicate<Case> right) {
        template.put("why", theirName);
        List<Case> cases;
        try {
            cases = Suite.parse(file(List.of(template)), theirName, OptionalLong.empty())
                    .cases();
        } catch (HarnessException e) {
            leaveOut(theirName, e.what());
            return;
        }
        if (cases.size() != 1 || !right.test(cases.getFirst())) {
            leaveOut(theirName, "a suite cannot express this call");
            return;
        }
        read++;
        String id = cases.getFirst().id().toString();
        templates.putIfAbsent(id, template);
        askedBy.computeIfAbsent(id, any -> new ArrayList<>()).add(theirName);
    }

    Imported result() {
        templates.forEach((id, template) ->
                template.put("why", String.join(", ", askedBy.getOrDefault(id, List.of()))));
        return new Imported(
                templates.isEmpty() ? "" : file(List.copyOf(templates.values())),
                read,
                read - leftOut.size(),
                templates.size(),
                leftOut);
    }

    /// One field of a template to a line, as people write suites.
    private String file(List<ObjectNode> cases) {
        StringBuilder text = new StringBuilder("{\n");
        text.append("  \"name\": ").append(line(JSON.textNode(name))).append(",\n");
        text.append("  \"description\": ")
                .append(line(JSON.textNode(description)))
                .append(",\n");
        text.append("  \"seed\": ").append(seed).append(",\n");
        text.append("  \"cases\": [");
        String separator = "\n";
        for (ObjectNode template : cases) {
            text.append(separator).append("    {");
            separator = ",\n";
            String comma = "\n";
            for (Map.Entry<String, JsonNode> field : template.properties()) {
                text.append(comma)
                        .append("      ")
                        .append(line(JSON.textNode(field.getKey())))
                        .append(": ")
                        .append(line(field.getValue()));
                comma = ",\n";
            }
            text.append("\n    }");
        }
        return text.append("\n  ]\n}\n").toString();
    }

    /// A value in one line, with a space after what separates.
    private static String line(JsonNode value) {
        if (value.isObject()) {
            List<String> fields = new ArrayList<>();
            value.properties()
                    .forEach(field -> fields.add(line(JSON.textNode(field.getKey())) + ": " + line(field.getValue())));
            return "{" + String.join(", ", fields) + "}";
        }
        if (value.isArray()) {
            List<String> members = new ArrayList<>();
            value.forEach(member -> members.add(line(member)));
            return "[" + String.join(", ", members) + "]";
        }
        try {
            return Json.STRICT.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a number or a text can be written", e);
        }
    }

    /// A list of whole numbers.
    static ArrayNode integers(List<Long> values) {
        ArrayNode list = JSON.arrayNode();
        values.forEach(list::add);
        return list;
    }

    /// A list of texts.
    static ArrayNode texts(List<String> values) {
        ArrayNode list = JSON.arrayNode();
        values.forEach(list::add);
        return list;
    }

    /// Adds a field unless it is empty.
    static void put(ObjectNode template, String field, JsonNode value) {
        if (!value.isEmpty()) {
            template.set(field, value);
        }
    }
}
