package dev.assay.engine.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.engine.run.CaseInputs;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuiteTest {
    private static final String FILE = "mine.json";

    /// A right suite; each test of a refusal breaks it in one place.
    private static final String RIGHT = """
            {"name": "mine", "description": "d", "seed": 7, "cases": [
              {"operator": "matmul",
               "inputs": {"A": ["m", "k"], "B": ["k", "n"]},
               "points": [{"m": 2, "n": 3, "k": 4}],
               "dtypes": ["f32"],
               "fills": ["normal"],
               "why": "w"}]}
            """;

    private static Suite parse(String text) {
        return Suite.parse(text, FILE, OptionalLong.empty());
    }

    private static String broken(String what, String by) {
        assertTrue(RIGHT.contains(what), what);
        return RIGHT.replace(what, by);
    }

    private static HarnessException refusal(String text) {
        HarnessException refusal = assertThrows(HarnessException.class, () -> parse(text), text);
        assertTrue(refusal.where().startsWith(FILE), "names the file: " + refusal.where());
        assertFalse(refusal.what().isBlank());
        assertFalse(refusal.fix().isBlank());
        return refusal;
    }

    private static Call onlyCall(String text) {
        Suite suite = parse(text);
        assertEquals(1, suite.cases().size());
        return suite.cases().getFirst().call().orElseThrow();
    }

    private static Call callOf(String id, List<Case> cases) {
        return cases.stream()
                .filter(one -> one.id().toString().equals(id))
                .findFirst()
                .flatMap(Case::call)
                .orElseThrow(() -> new AssertionError(
                        "no case " + id + " in " + cases.stream().map(Case::id).toList()));
    }

    @Test
    void aRightSuiteIsReadAsItStands() {
        Suite suite = parse(RIGHT);
        assertEquals("mine", suite.name());
        Case one = suite.cases().getFirst();
        assertEquals("matmul/f32.f32-f32/m2.n3.k4/-/normal", one.id().toString());
        assertEquals(7, one.seed());
        assertEquals("w", one.why());
        assertEquals(
                8,
                Suite.parse(RIGHT, FILE, OptionalLong.of(8)).cases().getFirst().seed(),
                "a given seed wins");
        assertEquals(
                20260101, parse(broken("\"seed\": 7, ", "")).cases().getFirst().seed(), "the standard seed");
    }

    @Test
    void aSweepTakesEveryCombinationAndPointsTakeThemselves() {
        String sweep = broken(
                        "\"points\": [{\"m\": 2, \"n\": 3, \"k\": 4}]",
                        "\"sweep\": {\"m\": [1, 2], \"n\": [3], \"k\": [4, 5, 6]}")
                .replace("[\"f32\"]", "[\"f32\", \"bf16\"]")
                .replace("[\"normal\"]", "[\"normal\", \"integers(-2,2)\"]");
        List<Case> cases = parse(sweep).cases();
        assertEquals(2 * 3 * 2 * 2, cases.size());
        assertEquals(
                DType.BF16,
                callOf("matmul/bf16.bf16-bf16/m2.n3.k6/-/integers_-2_2", cases)
                        .input("A")
                        .dtype());
        String points = broken(
                "{\"m\": 2, \"n\": 3, \"k\": 4}", "{\"m\": 2, \"n\": 3, \"k\": 4}, {\"m\": 1, \"n\": 1, \"k\": 0}");
        assertEquals(2, parse(points).cases().size());
    }

    @ParameterizedTest
    @CsvSource({"m*k, 8", "m * n, 6", "m+n, 5", "m*n+k, 10", "2*m+1, 5", "m+n*k, 14", "17, 17"})
    void sizesAreSumsOfProducts(String text, long size) {
        Call call = onlyCall(broken("[\"m\", \"k\"]", "[\"" + text + "\", \"k\"]"));
        assertEquals(Shape.of(size, 4), call.input("A").shape());
    }

    @Test
    void aTransposedInputHasItsSizesAndTheOtherStrides() {
        Call call = onlyCall(broken("\"points\"", "\"transposed\": [\"B\"], \"points\""));
        assertEquals(Shape.of(4, 3), call.input("B").shape());
        assertEquals(List.of(1L, 4L), call.input("B").strides());
        assertEquals(List.of(4L, 1L), call.input("A").strides(), "the other one stays");
    }

    @Test
    void attributesOfEveryKindAreRead() {
        String text = """
                {"name": "mine", "description": "d", "cases": [
                  {"operator": "attention",
                   "inputs": {"Q": ["b", 5, "h*d"], "K": ["b", 6, "d"], "V": ["b", 6, "d"], "attn_mask": [5, 6],
                              "nonpad_kv_seqlen": ["b"]},
                   "types": {"attn_mask": "bool"},
                   "constants": {"nonpad_kv_seqlen": [3, 6]},
                   "outputs": ["present_key"],
                   "attributes": {"q_num_heads": "$h*1", "kv_num_heads": 1, "scale": 0.5, "softcap": 2},
                   "points": [{"b": 2, "h": 4, "d": 8}],
                   "dtypes": ["f16"], "fills": ["normal"], "why": "w"}]}
                """;
        Call call = onlyCall(text);
        assertEquals(4, call.attributes().integer("q_num_heads"));
        assertEquals(0.5, call.attributes().real("scale"));
        assertEquals(
                new Attribute.Real(2), call.attributes().values().get("softcap"), "a whole number stands for a real");
        assertEquals(DType.BOOL, call.input("attn_mask").dtype());
        assertEquals(DType.I64, call.input("nonpad_kv_seqlen").dtype(), "the only type it can have");
        assertEquals(Map.of("nonpad_kv_seqlen", List.of(3L, 6L)), call.constants());
        assertTrue(call.hasOutput("present_key"));
        assertFalse(call.hasOutput("present_value"));
    }

    private static Suite padded(String lengths, long seed) {
        return parse("""
                {"name": "mine", "description": "d", "seed": %d, "cases": [
                  {"operator": "attention",
                   "inputs": {"Q": [9, 2, 5, 8], "K": [9, 2, 9, 8], "V": [9, 2, 9, 8], "nonpad_kv_seqlen": [9]},
                   "constants": {"nonpad_kv_seqlen": "%s"},
                   "recipes": {"V": "uniform(1,5)"},
                   "dtypes": ["f32"], "fills": ["normal"], "why": "w"}]}
                """.formatted(seed, lengths));
    }

    private static List<Long> lengths(Case one) {
        return Objects.requireNonNull(one.call().orElseThrow().constants().get("nonpad_kv_seqlen"));
    }

    @Test
    void constantsAreDrawnFromTheSeed() {
        Case one = padded("distinct(1, 9)", 7).cases().getFirst();
        List<Long> drawn = lengths(one);
        assertEquals(
                List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L),
                drawn.stream().sorted().toList());
        assertEquals(one, padded("distinct(1,9)", 7).cases().getFirst());
        Case other = padded("distinct(1,9)", 8).cases().getFirst();
        assertNotEquals(drawn, lengths(other));
        assertNotEquals(one.hash(null), other.hash(null));
        HarnessException halves = assertThrows(HarnessException.class, () -> padded("uniform(1,9)", 7));
        assertTrue(
                halves.where().contains("field constants") && halves.fix().contains("distinct"), halves.getMessage());
        HarnessException meaningless = assertThrows(HarnessException.class, () -> padded("peaky", 7));
        assertTrue(meaningless.what().contains("says nothing of a single input"), meaningless.what());
    }

    @Test
    void singleInputsMayHaveTheirOwnRecipes() {
        Case one = padded("distinct(1,9)", 7).cases().getFirst();
        assertTrue(
                one.id().toString().endsWith("/nonpad_kv_seqlen-distinct_1_9/normal+v-uniform_1_5"),
                one.id()::toString);
        CaseSpec spec = CaseSpec.parse(one.spec().toJson());
        assertEquals(one.spec(), spec);
        Call call = spec.call("test");
        assertEquals(one.call().orElseThrow(), call);
        try (Arena arena = Arena.ofConfined()) {
            Operator attention = Operators.named("attention", "test");
            Map<String, Tensor> own = CaseInputs.generate(attention, call, "normal", spec.ownRecipes(), "id", 7, arena);
            Map<String, Tensor> common = CaseInputs.generate(attention, call, "normal", "id", 7, arena);
            Inputs mine = new Inputs(own);
            Inputs others = new Inputs(common);
            double least = Double.MAX_VALUE;
            for (long i = 0; i < mine.get("V").shape().elements(); i++) {
                least = Math.min(least, mine.get("V").get(i));
                assertEquals(others.get("K").get(i), mine.get("K").get(i), "the others are as they were");
            }
            assertTrue(least >= 1 && least < 1.1, "uniform from 1: " + least);
        }
    }

    @Test
    void unknownFieldsAreNamedWithLineAndField() {
        HarnessException inCase = refusal(broken("\"points\"", "\"pionts\": 3, \"points\""));
        assertTrue(inCase.what().contains("pionts"), inCase.what());
        assertTrue(inCase.where().contains("line 4,"), inCase.where());
        assertTrue(inCase.where().contains("field cases[0].pionts"), inCase.where());
        assertTrue(inCase.fix().contains("points"), inCase.fix());
        HarnessException inFile = refusal(broken("\"seed\"", "\"sead\""));
        assertTrue(inFile.what().contains("sead") && inFile.where().contains("line 1,"), inFile.getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "'\"name\": \"mine\", ', name",
        "'\"description\": \"d\", ', description",
        "'\"operator\": \"matmul\",', operator",
        "'\"dtypes\": [\"f32\"],', dtypes",
        "'\"fills\": [\"normal\"],', fills"
    })
    void missingFieldsAreNamed(String field, String name) {
        HarnessException refusal = refusal(broken(field, ""));
        assertTrue(refusal.what().contains("'" + name + "' is missing"), refusal.what());
    }

    @Test
    void missingReasonsInputsAndCasesAreRefused() {
        assertTrue(refusal(broken(",\n   \"why\": \"w\"", "")).what().contains("'why' is missing"));
        assertTrue(refusal(broken("\"inputs\": {\"A\": [\"m\", \"k\"], \"B\": [\"k\", \"n\"]},", ""))
                .what()
                .contains("'inputs' is missing"));
        assertTrue(
                refusal("{\"name\": \"mine\", \"description\": \"d\"}").what().contains("'cases' is missing"));
        assertTrue(refusal("{\"name\": \"mine\", \"description\": \"d\", \"cases\": []}")
                .what()
                .contains("no cases"));
    }

    /// What to replace, by what, and words of the refusal and of its place.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"seed\": 7          | \"seed\": \"7\"                  | String           | field seed",
                "\"seed\": 7          | \"seed\": 7.5                    | 7.5              | field seed",
                "\"seed\": 7          | \"seed\": 99999999999999999999   | range            | seed",
                "[\"f32\"]            | \"f32\"                          | ArrayList        | field cases[0].dtypes",
                "[\"f32\"]            | []                               | expands to nothing | case 1",
                "[\"f32\"]            | [\"f33\"]                        | no dtype 'f33'   | field dtypes",
                "[\"f32\"]            | [\"i8\"]                         | 'A' is i8        | case 1",
                "[\"f32\"]            | [null]                           | null             | field cases[0].dtypes[0]",
                "\"matmul\"           | \"matmull\"                      | no operator 'matmull' | field operator",
                "\"normal\"           | \"norml\"                        | no fill 'norml'  | field fills",
                "\"normal\"           | \"normal(1,2,3)\"                | 3 parameters     | field fills",
                "\"normal\"           | \"normal(x)\"                    | 'x' is not a number | field fills",
                "\"normal\"           | \"peaky\"                        | says nothing to matmul | case 1",
                "[\"m\", \"k\"]       | [\"m\", \"q\"]                   | 'q' is neither   | input A",
                "[\"m\", \"k\"]       | [\"m*\", \"k\"]                  | '' is neither    | input A",
                "[\"m\", \"k\"]       | [\"m+\", \"k\"]                  | '' is neither    | input A",
                "[\"m\", \"k\"]       | [\"m**2\", \"k\"]                | '' is neither    | input A",
                "[\"m\", \"k\"]       | [-1, \"k\"]                      | -1               | input A",
                "[\"m\", \"k\"]       | [\"-1*m\", \"k\"]                | -2               | input A",
                "[\"m\", \"k\"]       | [1.5, \"k\"]                     | 1.5 is no size   | input A",
                "[\"m\", \"k\"]       | [true, \"k\"]                    | true is no size  | input A",
                "[\"m\", \"k\"]       | [null, \"k\"]                    | null             | field cases[0].inputs.A[0]",
                "[\"m\", \"k\"]       | [99999999999999999999, \"k\"]    | is no size       | input A",
                "[\"m\", \"k\"]       | [\"9223372036854775807*m\", \"k\"] | 64 bits        | input A",
                "[\"m\", \"k\"]       | [4611686018427387904, \"k\"]     | 64 bits          | case 1",
                "[\"m\", \"k\"]       | [1152921504606846976, \"k\"]     | 64 bits          | case 1",
                "[\"m\", \"k\"]       | [\"m\", 5]                       | columns          | case 1",
                "\"A\":               | \"Z\":                           | no input 'Z'     | case 1",
                "{\"m\": 2,           | {\"m\": \"2\",                   | String           | field cases[0].points[0].m",
                "{\"m\": 2,           | {\"m\": 2.5,                     | 2.5              | field cases[0].points[0].m",
                "{\"m\": 2,           | {\"m\": null,                    | null             | field cases[0].points[0].m",
                "{\"m\": 2,           | {                                | 'm' is neither   | input A",
                "{\"m\": 2,           | {\"m\": 1, \"m\": 2,             | Duplicate field 'm' | line 4",
                "\"points\":          | \"sweep\": {}, \"points\":       | both 'sweep' and 'points' | case 1",
                "\"points\":          | \"types\": {\"C\": \"f32\"}, \"points\": | no input 'C' | field types",
                "\"points\":          | \"types\": {\"A\": \"f31\"}, \"points\": | no dtype 'f31' | field types",
                "\"points\":          | \"types\": {\"A\": \"f16\"}, \"points\": | is f16       | case 1",
                "\"points\":          | \"transposed\": [\"C\"], \"points\": | no input 'C'  | field transposed",
                "\"points\":          | \"constants\": {\"C\": [1]}, \"points\": | no input 'C' | field constants",
                "\"points\":          | \"constants\": {\"A\": [1]}, \"points\": | 1 constants for f32[2,4] | input A",
                "\"points\":          | \"constants\": {\"A\": 3}, \"points\": | 3 as constants | field constants",
                "\"points\":          | \"constants\": {\"A\": [1.5]}, \"points\": | 1.5 is no whole number | field constants",
                "\"points\":          | \"constants\": {\"A\": \"norml\"}, \"points\": | no fill 'norml' | field constants",
                "\"points\":          | \"recipes\": {\"C\": \"normal\"}, \"points\": | no input 'C' | field recipes",
                "\"points\":          | \"recipes\": {\"A\": \"norml\"}, \"points\": | no fill 'norml' | field recipes",
                "\"points\":          | \"recipes\": {\"A\": \"peaky\"}, \"points\": | of a single input | field recipes",
                "\"points\":          | \"recipes\": {\"A\": \"normal\"}, \"constants\": {\"A\": [1]}, \"points\": | a recipe and constants | field recipes",
                "\"points\":          | \"attributes\": {\"axis\": 1}, \"points\": | no attribute 'axis' | case 1",
                "\"points\":          | \"attributes\": {\"axis\": true}, \"points\": | true is no attribute | attribute axis",
                "\"points\":          | \"attributes\": {\"axis\": [\"x\"]}, \"points\": | in a list | attribute axis",
                "\"points\":          | \"attributes\": {\"axis\": \"$z\"}, \"points\": | 'z' is neither | attribute axis",
                "\"points\":          | \"outputs\": [\"Z\"], \"points\": | no output 'Z'   | case 1",
                "\"name\": \"mine\"   | \"name\": \"../mine\"            | '../mine'        | field name",
                "\"name\": \"mine\"   | \"name\": \"\"                   | ''               | field name",
                "\"name\": \"mine\"   | \"name\": null                   | null             | field name",
                "\"description\": \"d\" | \"description\": [\"d\"]       | String           | field description",
            })
    void whatIsWrongIsRefusedWhereItStands(String what, String by, String words, String place) {
        HarnessException refusal = refusal(broken(what, by));
        assertTrue(refusal.what().contains(words), refusal.what());
        assertTrue(refusal.where().contains(place), refusal.where());
    }

    @Test
    void aVectorCannotBeTransposed() {
        String text = broken("[\"m\", \"k\"]", "[\"k\"]").replace("\"points\"", "\"transposed\": [\"A\"], \"points\"");
        assertTrue(refusal(text).where().contains("field transposed"));
    }

    @Test
    void twoCasesOfOneNameAreRefused() {
        HarnessException refusal = refusal(broken("[\"normal\"]", "[\"normal\", \"normal\"]"));
        assertTrue(
                refusal.what().contains("two cases are called matmul/f32.f32-f32/m2.n3.k4/-/normal"), refusal.what());
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "'', ",
                "'null'",
                "'[]'",
                "'3'",
                "'\"text\"'",
                "'{}'",
                "'{\"name\": \"mine\",}'",
                "'{} {}'",
                "'\uFEFF'"
            })
    void whatIsNoSuiteIsRefused(String text) {
        refusal(text);
    }

    @Test
    void everyTruncationIsRefused() {
        String text = RIGHT.strip();
        for (int length = 0; length < text.length(); length++) {
            refusal(text.substring(0, length));
        }
        parse(text);
    }

    @Test
    void deepNestingIsRefusedAndDoesNotOverflowTheStack() {
        refusal(broken("[\"f32\"]", "[".repeat(100_000)));
    }

    @Test
    void aFileIsReadAndItsAbsenceSaid(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("mine.json");
        HarnessException absent =
                assertThrows(HarnessException.class, () -> Suites.load(file.toString(), OptionalLong.empty()));
        assertEquals(file.toString(), absent.where());
        Files.writeString(file, RIGHT, StandardCharsets.UTF_8);
        assertEquals("mine", Suites.load(file.toString(), OptionalLong.empty()).name());
        Files.write(file, new byte[] {'{', (byte) 0xFF, (byte) 0xFE, '}'});
        assertThrows(HarnessException.class, () -> Suites.load(file.toString(), OptionalLong.empty()));
        HarnessException unknown =
                assertThrows(HarnessException.class, () -> Suites.load("smoek", OptionalLong.empty()));
        assertTrue(unknown.fix().contains("smoke"), unknown.fix());
    }

    @Test
    void theDigestIsOfTheFileAndTheHashOfTheMeaning() {
        Suite one = parse(RIGHT);
        Suite spaced = parse(RIGHT.replace("\"seed\": 7", "\"seed\":  7"));
        assertNotEquals(one.sha256(), spaced.sha256());
        assertEquals(
                one.cases().getFirst().hash(null), spaced.cases().getFirst().hash(null));
    }

    private static String withContract(String contract) {
        return broken("\"seed\": 7,", "\"seed\": 7, \"contract\": " + contract + ",");
    }

    private static List<String> floors(String text) {
        return parse(text).cases().stream()
                .map(one -> String.valueOf(one.spec().floor()))
                .toList();
    }

    @Test
    void aSuiteThatAsksNothingOfContractsHasNoFloors() {
        assertEquals(List.of("null"), floors(RIGHT));
        assertEquals(List.of("strict"), floors(withContract("{\"accept\": {}}")));
    }

    @Test
    void aFloorIsTheNamedFieldsAndTheCeilingOfItsOperatorAndDtype() {
        String contract = """
                {"accept": {"inputs": "tf32", "exp_ulps": 4, "fused_exponent": true},
                 "tightness": {"f32": 900, "matmul.f32": 1000, "attention.f32": 200, "matmul.bf16": 1}}""";
        String floor = "inputs=tf32;exp_ulps=4.0;fused_exponent=true";
        assertEquals(List.of(floor + ";tightness=1000.0"), floors(withContract(contract)));
        String two =
                withContract(contract).replace("[\"normal\"]", "[\"integers(-4,4)\", \"normal\", \"normal(3,1)\"]");
        assertEquals(List.of(floor, floor + ";tightness=1000.0", floor), floors(two), "ceilings are for standard data");
        assertEquals(List.of("null"), floors(withContract("{\"tightness\": {\"bf16\": 1}}")));
        assertEquals(List.of("any;tightness=900.0"), floors(withContract("{\"tightness\": {\"f32\": 900}}")));
    }

    @Test
    void aTemplateMayAskForSomethingElse() {
        String suite = withContract("{\"accept\": {\"inputs\": \"tf32\"}, \"tightness\": {\"f32\": 900, \"f16\": 1}}");
        String other = suite.replace("\"why\"", "\"contract\": {\"tightness\": {\"f32\": 20000}}, \"why\"");
        assertEquals(List.of("inputs=tf32;tightness=20000.0"), floors(other));
        other = suite.replace("\"why\"", "\"contract\": {\"accept\": {}}, \"why\"");
        assertEquals(List.of("strict;tightness=900.0"), floors(other));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}                                    | nothing is asked         | field contract",
                "{\"accept\": {\"input\": \"tf32\"}}       | no field 'input'         | field contract.accept.input",
                "{\"accept\": {\"inputs\": \"tf16\"}}      | inputs is 'tf16'         | field contract.accept.inputs",
                "{\"accept\": {\"inputs\": [\"tf32\"]}}    | inputs is '[\"tf32\"]'   | field contract.accept.inputs",
                "{\"accept\": {\"accumulator\": \"i8\"}}   | accumulator is 'i8'      | field contract.accept.accumulator",
                "{\"accept\": {\"accumulator\": \"aligned(2,1)\"}} | accumulator is aligned(2,1) | field contract.accept",
                "{\"accept\": {\"partial_count\": 4}}    | partial_count is 4       | field contract.accept",
                "{\"accept\": {\"exp_ulps\": 1}}         | stricter than the strict | field contract.accept",
                "{\"accept\": {\"exp_ulps\": \"NaN\"}}     | exp_ulps is NaN          | field contract.accept",
                "{\"tightness\": {\"matmull.f32\": 9}}   | matmull                  | field contract.tightness.matmull.f32",
                "{\"tightness\": {\"matmul.f31\": 9}}    | f31                      | field contract.tightness.matmul.f31",
                "{\"tightness\": {\"f32\": 0.4}}         | the ceiling 0.4          | field contract.tightness.f32",
                "{\"tightness\": {\"f32\": 1e999}}       | the ceiling Infinity     | field contract.tightness.f32",
                "{\"tightness\": {\"f32\": \"9\"}}         | String                   | field contract.tightness.f32",
                "{\"ceiling\": {\"f32\": 9}}             | unknown field 'ceiling'  | field contract.ceiling",
            })
    void wrongFloorsAreRefusedWithTheirField(String contract, String what, String field) {
        HarnessException refusal = refusal(withContract(contract));
        assertTrue(refusal.what().contains(what), refusal.what());
        assertTrue(refusal.where().contains(field), refusal.where());
        HarnessException inATemplate =
                refusal(broken("\"why\": \"w\"", "\"contract\": " + contract + ", \"why\": \"w\""));
        assertTrue(inATemplate.what().contains(what), inATemplate.what());
    }
}
