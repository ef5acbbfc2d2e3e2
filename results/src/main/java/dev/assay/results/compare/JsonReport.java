package dev.assay.results.compare;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.assay.results.Json;
import java.io.IOException;
import java.io.Writer;
import java.util.Map;
import java.util.TreeMap;

/// A comparison for programs: one object, each of its rows on a line of its own.
public final class JsonReport {
    public static final int SCHEMA = 1;

    private JsonReport() {}

    /// The writer stays open.
    public static void write(Comparison comparison, Writer out) throws IOException {
        Map<String, Object> head = new TreeMap<>();
        head.put("schema", SCHEMA);
        head.put("base", side(comparison.base()));
        head.put("candidate", side(comparison.candidate()));
        head.put("totals", comparison.totals());
        head.put("mean_ratios", comparison.meanRatios());
        head.put("remarks", comparison.remarks());
        Map<String, Long> counts = new TreeMap<>();
        comparison.counts().forEach((change, count) -> counts.put(change.word(), count));
        head.put("counts", counts);
        // Every object in one line: the head first, the rows after it.
        try (JsonGenerator json = Json.STRICT.createGenerator(out)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            for (Map.Entry<String, Object> field : head.entrySet()) {
                json.writeRaw('\n');
                json.writePOJOField(field.getKey(), field.getValue());
            }
            json.writeArrayFieldStart("rows");
            for (CompareRow row : comparison.rows()) {
                json.writeRaw('\n');
                json.writePOJO(row);
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeRaw('\n');
        }
        out.flush();
    }

    private static Map<String, String> side(Side side) {
        Map<String, String> facts = new TreeMap<>();
        facts.put("run_id", side.id());
        facts.put("hw_class_id", side.hwClassId());
        facts.put("rule_constants", side.manifest().ruleConstants());
        facts.put("session", side.manifest().session());
        return facts;
    }
}
