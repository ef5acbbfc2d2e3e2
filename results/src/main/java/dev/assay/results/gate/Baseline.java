package dev.assay.results.gate;

import dev.assay.results.Json;
import dev.assay.results.Manifest;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import dev.assay.results.PlanFile.SuiteRef;
import dev.assay.results.RunFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Results that others are held against, by name: one file below `results/baselines`.
///
/// @param path of the folder, relative to the file, with `/`
/// @param sha256 of the folder's `SHA256SUMS`
/// @param runId of the run
/// @param hwClass of the machine
/// @param suites digest by name
/// @param backends as the command line takes them
/// @param ruleConstants version and digest of the judge's constants
/// @param who named it
/// @param why it was named
/// @param when ISO date
public record Baseline(
        String name,
        String path,
        String sha256,
        String runId,
        String hwClass,
        Map<String, String> suites,
        List<String> backends,
        String ruleConstants,
        String who,
        String why,
        LocalDate when) {
    static final int SCHEMA = 1;
    static final List<String> FIELDS = List.of(
            Policy.HINT,
            "schema",
            "name",
            "path",
            "sha256",
            "run_id",
            "hw_class",
            "suites",
            "backends",
            "rule_constants",
            "who",
            "why",
            "when");

    public Baseline {
        suites = new TreeMap<>(suites);
        backends = List.copyOf(backends);
    }

    static Baseline of(String name, String path, RunFolder folder, String who, String why, LocalDate when)
            throws IOException {
        Manifest manifest = folder.readManifest();
        PlanFile plan = folder.readPlan();
        Map<String, String> suites = new TreeMap<>();
        for (SuiteRef suite : plan.suites()) {
            suites.put(suite.name(), suite.sha256());
        }
        return new Baseline(
                name,
                path,
                Soundness.digest(folder.path()),
                manifest.runId(),
                String.valueOf(folder.readEnvironment().getOrDefault("hw_class_id", "")),
                suites,
                plan.backends().stream().map(BackendRef::label).toList(),
                manifest.ruleConstants(),
                who,
                why,
                when);
    }

    static Baseline read(Path file) {
        JsonObject object = JsonObject.read(file).only(FIELDS);
        object.whole("schema", SCHEMA, SCHEMA);
        String sha256 = object.text("sha256", "64 hex digits");
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw object.wrong("sha256", "'" + sha256 + "' is no digest", "write 64 hex digits");
        }
        return new Baseline(
                object.text("name", "the name of the baseline"),
                object.text("path", "the folder, relative to this file"),
                sha256,
                object.text("run_id", "the name of the run"),
                object.text("hw_class", "the hardware class"),
                object.mapOfTexts("suites", "an object of digests by name"),
                object.texts("backends", "a list of backends"),
                object.text("rule_constants", "version and digest of the judge's constants"),
                object.text("who", "who named it"),
                object.text("why", "why it was named"),
                Waiver.date(object, "when"));
    }

    String text() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("schema", SCHEMA);
        fields.put("name", name);
        fields.put("path", path);
        fields.put("sha256", sha256);
        fields.put("run_id", runId);
        fields.put("hw_class", hwClass);
        fields.put("suites", suites);
        fields.put("backends", backends);
        fields.put("rule_constants", ruleConstants);
        fields.put("who", who);
        fields.put("why", why);
        fields.put("when", when.toString());
        return Json.pretty(fields);
    }
}
