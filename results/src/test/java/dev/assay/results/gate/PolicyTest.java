package dev.assay.results.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.RowKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyTest {
    private static final Path FILE = Path.of("policy.json");

    private static Policy parse(String text) {
        return Policy.parse(FILE, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void refuses(String text, String... words) {
        String message = assertThrows(HarnessException.class, () -> parse(text)).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), () -> "'" + word + "' is missing in: " + message);
        }
    }

    @Test
    void theShortestPolicyIsTheDefault() {
        assertEquals(Policy.DEFAULT, parse("{\"schema\": 1}"));
    }

    @Test
    void whatIsPrintedReadsBackEqual() {
        assertEquals(Policy.DEFAULT, parse(Policy.DEFAULT.text()));
        Policy full = parse("""
                {"$schema": "policy.schema.json", "schema": 1,
                 "must_pass": [{"suites": ["smoke"], "operators": ["mat*"], "cases": ["*"], "backends": ["acme:m=1"]}],
                 "allow_unsupported": [], "allow_not_run": [{"cases": ["*/large"]}], "min_cases": 12,
                 "required_suites": [{"name": "smoke", "sha256": "%s"}, {"name": "edges", "version": "0.1.0"}],
                 "regressions": [{"metrics": ["run"], "clocks": ["device"], "margin_pct": 2.5}],
                 "allow_missing": [{"operators": ["old"]}]}
                """.formatted("a".repeat(64)));
        assertEquals(full, parse(full.text()));
        assertEquals(12, full.minCases());
        assertEquals(2.5, full.regressions().getFirst().marginPct());
    }

    @Test
    void anUnknownFieldIsRefusedWithItsLineAndThoseThereAre() {
        refuses("{\n\"schema\": 1,\n\"must_pas\": []}", "policy.json, line 3, field must_pas", "must_pass, allow_uns");
        refuses(
                "{\"schema\": 1,\n\"must_pass\": [{},\n{\"operatrs\": [\"x\"]}]}",
                "line 3, field must_pass[1].operatrs",
                "suites, operators, cases, backends");
        refuses("{\"schema\": 1, \"regressions\": [{\"margin\": 1}]}", "field regressions[0].margin", "margin_pct");
    }

    @Test
    void aWrongTypeIsRefusedWithWhatIsAllowed() {
        refuses("{\"schema\": \"1\"}", "field schema", "holds a text", "a whole number from 1 to 1");
        refuses("{\"schema\": 2}", "field schema", "is 2");
        refuses("{\"schema\": 1, \"must_pass\": {}}", "field must_pass", "holds an object", "a list of");
        refuses("{\"schema\": 1, \"must_pass\": null}", "field must_pass", "holds null");
        refuses("{\"schema\": 1, \"must_pass\": []}", "nothing must pass");
        refuses("{\"schema\": 1, \"must_pass\": [{\"operators\": \"x\"}]}", "must_pass[0].operators", "a list of");
        refuses("{\"schema\": 1, \"must_pass\": [{\"operators\": []}]}", "must_pass[0].operators", "empty list");
        refuses("{\"schema\": 1, \"must_pass\": [{\"operators\": [1]}]}", "must_pass[0].operators", "a number in");
        refuses("{\"schema\": 1, \"min_cases\": 0}", "field min_cases", "is 0", "from 1");
        refuses("{\"schema\": 1, \"min_cases\": 1.5}", "field min_cases", "is 1.5");
        refuses("{\"schema\": 1, \"min_cases\": 1e999999999}", "field min_cases");
        refuses("{\"schema\": 1, \"regressions\": [{}]}", "regressions[0]", "'margin_pct' is missing");
        refuses("{\"schema\": 1, \"regressions\": [{\"margin_pct\": -1}]}", "regressions[0].margin_pct", "is -1");
        refuses("{\"schema\": 1, \"regressions\": [{\"margin_pct\": true}]}", "regressions[0].margin_pct");
        refuses("{\"schema\": 1, \"required_suites\": [{\"name\": \"a\"}]}", "neither sha256 nor version");
        refuses(
                "{\"schema\": 1, \"required_suites\": [{\"name\": \"a\", \"sha256\": \"b\"}]}",
                "required_suites[0].sha256",
                "64 hex digits");
    }

    @Test
    void whatIsNoJsonIsRefusedWithItsLine(@TempDir Path folder) throws IOException {
        refuses("{\n\"schema\": 1,\n}", "policy.json, line 3");
        refuses("{\"schema\": 1}\n{}", "line 2", "more follows");
        refuses("[]", "no object");
        refuses("", "no object");
        refuses("{\"schema\": 1, \"schema\": 1}", "uplicate");
        refuses("{\"schema\": 1, \"must_pass\": ".repeat(100), "nest");
        byte[] latin = "{\"schema\": 1, \"$schema\": \"\u00e4\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertTrue(assertThrows(HarnessException.class, () -> Policy.parse(FILE, latin))
                .getMessage()
                .contains("UTF-8"));
        assertThrows(HarnessException.class, () -> Policy.read(folder.resolve("none.json")));
        assertThrows(HarnessException.class, () -> Policy.read(folder));
        Path file = Files.writeString(folder.resolve("p.json"), "{\"schema\": 1}");
        assertEquals(Policy.DEFAULT, Policy.read(file));
    }

    @ParameterizedTest
    @CsvSource({
        "*, , true",
        "matmul, matmul, true",
        "matmul, matmul2, false",
        "mat*, matmul, true",
        "*mul, matmul, true",
        "m*t*l, matmul, true",
        "m?tmul, matmul, true",
        "m?tmul, mtmul, false",
        "a.c, abc, false",
        "a*b*c, abcb, false",
        "**, x, true",
        "Matmul, matmul, false"
    })
    void patternsKnowOnlyTwoSigns(String pattern, String text, boolean matches) {
        assertEquals(matches, Scope.matches(List.of(pattern), text == null ? "" : text));
    }

    @Test
    void noPatternTakesForever() {
        assertFalse(Scope.matches(List.of("*a".repeat(200) + "b"), "a".repeat(5000)));
    }

    @Test
    void aPatternWithAColonIsHeldAgainstTheOptions() {
        RowKey fast = new RowKey("smoke", "matmul/x", 1, "acme", "mode=fast");
        RowKey plain = new RowKey("smoke", "matmul/x", 1, "acme", "");
        List<String> any = List.of("*");
        Scope every = new Scope(any, any, any, List.of("acme"));
        assertTrue(every.holds("matmul", fast) && every.holds("matmul", plain));
        Scope one = new Scope(any, any, any, List.of("acme:mode=*"));
        assertTrue(one.holds("matmul", fast));
        assertFalse(one.holds("matmul", plain));
    }

    /// The schemas in `docs` name the fields that are read, no more and no fewer.
    @Test
    void theSchemasNameTheFieldsThatAreRead() throws IOException {
        JsonNode policy = schema("policy");
        fields(Policy.FIELDS, policy);
        fields(Scope.FIELDS, policy.at("/$defs/scope"));
        fields(Policy.RequiredSuite.FIELDS, policy.at("/properties/required_suites/items"));
        fields(Policy.RegressionRule.FIELDS, policy.at("/properties/regressions/items"));
        JsonNode waivers = schema("waivers");
        fields(Waivers.FIELDS, waivers);
        JsonNode waiver = waivers.at("/properties/waivers/items");
        fields(Waiver.FIELDS, waiver);
        List<String> verdicts = new ArrayList<>();
        waiver.at("/properties/verdict/enum").forEach(one -> verdicts.add(one.asText()));
        assertEquals(Waiver.VERDICTS, verdicts);
    }

    @Test
    void theSchemaOfAVerdictNamesWhatIsWritten() throws IOException {
        JsonNode schema = schema("verdict");
        GateVerdict written = GateVerdict.unsound("r1", LocalDate.EPOCH, "changed");
        JsonNode verdict = Json.STRICT.readTree(written.text());
        same(verdict, schema);
        same(verdict.get("counts"), schema.at("/properties/counts"));
        List<String> kinds = new ArrayList<>();
        schema.at("/properties/reasons/items/properties/kind/enum").forEach(one -> kinds.add(one.asText()));
        assertEquals(Arrays.stream(Reason.Kind.values()).map(Reason.Kind::word).toList(), kinds);
        JsonNode row = Json.STRICT
                .readTree(Json.pretty(Reason.of(Reason.Kind.LOST, "x", new RowKey("s", "c", 1, "b", ""))))
                .get("row");
        same(row, schema.at("/$defs/row"));
    }

    private static void same(JsonNode written, JsonNode schema) {
        TreeSet<String> there = new TreeSet<>();
        written.fieldNames().forEachRemaining(there::add);
        TreeSet<String> named = new TreeSet<>();
        schema.get("properties").fieldNames().forEachRemaining(named::add);
        assertEquals(named, there);
        TreeSet<String> required = new TreeSet<>();
        schema.get("required").forEach(one -> required.add(one.asText()));
        assertEquals(named, required);
    }

    private static JsonNode schema(String name) throws IOException {
        return Json.STRICT.readTree(Files.readAllBytes(Path.of("..", "docs", name + ".schema.json")));
    }

    private static void fields(List<String> expected, JsonNode object) {
        TreeSet<String> names = new TreeSet<>();
        object.get("properties").fieldNames().forEachRemaining(names::add);
        assertEquals(new TreeSet<>(expected), names);
        assertFalse(object.get("additionalProperties").asBoolean(true));
    }
}
