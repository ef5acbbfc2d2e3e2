package dev.assay.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    /// Components in an order that is not the alphabet's.
    record Sample(String name, long count, @Nullable Double value, Verdict verdict, List<Integer> all) {}

    private static final String SAMPLE =
            "{\"name\":\"x\",\"count\":3,\"value\":0.5,\"verdict\":\"not_run\",\"all\":[2,1]}";

    @Test
    void whatIsWrittenReadsBack() throws IOException {
        Sample sample = new Sample("x", 3, 0.5, Verdict.NOT_RUN, List.of(2, 1));
        assertEquals(sample, Json.STRICT.readValue(SAMPLE, Sample.class));
        assertEquals(sample, Json.STRICT.readValue(Json.canonical(sample), Sample.class));
        assertEquals(sample, Json.STRICT.readValue(Json.pretty(sample), Sample.class));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "unknown field;   \"count\":3 ; \"count\":3,\"colour\":1 ; colour",
                "missing field;   \"count\":3, ; `` ; count",
                "missing object;  \"name\":\"x\", ; `` ; name",
                "repeated field;  \"count\":3 ; \"count\":3,\"count\":3 ; count",
                "trailing text;   [2,1]} ; [2,1]} {} ; Trailing token",
                "trailing garbage; [2,1]} ; [2,1]} x ; x",
                "fraction;        3, ; 3.5, ; count",
                "number as text;  3, ; \"3\", ; count",
                "no number;       3, ; null, ; count",
                "truth as number; 3, ; true, ; count",
                "too large;       3, ; 9223372036854775808, ; count",
                "text as number;  \"x\" ; 7 ; name",
                "text as truth;   \"x\" ; true ; name",
                "list as text;    \"x\" ; [\"x\"] ; name",
                "unknown word;    not_run ; skipped ; skipped",
                "word in capitals; not_run ; NOT_RUN ; NOT_RUN",
                "number as word;  \"not_run\" ; 3 ; verdict",
                "one for a list;  [2,1] ; 2 ; all",
                "comment;         3, ; 3 /* three */, ; comment",
                "single quotes;   \"x\" ; 'x' ; '''",
                "trailing comma;  [2,1] ; [2,1,] ; ]",
                "cut off;         [2,1]} ; [2,1 ; end-of-input"
            })
    void anythingElseIsRefusedWithItsName(String why, String from, String to, String word) {
        String text = SAMPLE.replace(from, to);
        assertNotEquals(SAMPLE, text, why);
        JsonProcessingException e =
                assertThrows(JsonProcessingException.class, () -> Json.STRICT.readValue(text, Sample.class), why);
        assertTrue(String.valueOf(e.getMessage()).contains(word), why + ": " + e.getMessage());
        assertNotNull(e.getLocation(), why);
    }

    @ParameterizedTest
    @ValueSource(
            doubles = {
                Double.NaN,
                Double.POSITIVE_INFINITY,
                Double.NEGATIVE_INFINITY,
                0.0,
                -0.0,
                Double.MIN_VALUE,
                -Double.MIN_VALUE,
                Double.MIN_NORMAL,
                Double.MAX_VALUE,
                0.1,
                1e23
            })
    void everyDoubleReadsBackToTheSameBits(double value) throws IOException {
        Sample sample = new Sample("x", Long.MIN_VALUE, value, Verdict.FAIL, List.of());
        assertEquals(sample, Json.STRICT.readValue(Json.canonical(sample), Sample.class));
        TimingRow timing = TestRows.with(TestRows.TIMED, "flops", value);
        assertEquals(timing, Json.STRICT.readValue(Json.canonical(timing), TimingRow.class), "a primitive");
    }

    @Test
    void anyDoubleReadsBackToTheSameBits() throws IOException {
        Random random = new Random(20261122);
        for (int i = 0; i < 5000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            Sample sample = new Sample("x", random.nextLong(), value, Verdict.FAIL, List.of());
            assertEquals(sample, Json.STRICT.readValue(Json.canonical(sample), Sample.class));
        }
    }

    @Test
    void anyTextReadsBack() throws IOException {
        Random random = new Random(20261122);
        for (int i = 0; i < 2000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(8); length > 0; length--) {
                text.appendCodePoint(random.nextInt(i % 2 == 0 ? 0x80 : 0xD800));
            }
            Sample sample = new Sample(text.toString(), 0, null, Verdict.FAIL, List.of());
            String line = Json.canonical(sample);
            assertEquals(-1, line.indexOf('\n'), "one line");
            assertEquals(sample, Json.STRICT.readValue(line, Sample.class));
        }
    }

    @Test
    void canonicalTextIsOneLineWithSortedKeys() {
        Sample sample = new Sample("x", 3, 0.5, Verdict.NOT_RUN, List.of(2, 1));
        assertEquals(
                "{\"all\":[2,1],\"count\":3,\"name\":\"x\",\"value\":0.5,\"verdict\":\"not_run\"}",
                Json.canonical(sample));
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("b", Map.of("z", 1, "a", 2));
        map.put("a", 1.0);
        assertEquals("{\"a\":1.0,\"b\":{\"a\":2,\"z\":1}}", Json.canonical(map));
    }

    // Hashes of cases stand on this: a tree must not remember in which order it was built.
    @Test
    void canonicalTextOfATreeIsSortedAtEveryDepth() throws IOException {
        JsonNodeFactory factory = JsonNodeFactory.instance;
        ObjectNode inner = factory.objectNode().put("z", 1).put("a", 2);
        JsonNode tree = factory.objectNode().set("b", factory.arrayNode().add(inner));
        ((ObjectNode) tree).put("a", true);
        String canonical = "{\"a\":true,\"b\":[{\"a\":2,\"z\":1}]}";
        assertEquals(canonical, Json.canonical(tree));
        assertEquals(canonical, Json.canonical(Json.STRICT.readTree("{\"b\":[{\"z\":1,\"a\":2}],\"a\":true}")));
        assertEquals("{\"spec\":" + canonical + "}", Json.canonical(Map.of("spec", tree)));
    }

    @Test
    void prettyTextHasLineFeedsAlone() {
        assertEquals("""
                {
                  "name" : "x",
                  "count" : 3,
                  "value" : null,
                  "verdict" : "pass",
                  "all" : [
                    2,
                    1
                  ]
                }
                """, Json.pretty(new Sample("x", 3, null, Verdict.PASS, List.of(2, 1))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"de-DE", "ar-EG-u-nu-arab", "tr-TR"})
    void noLocaleChangesAByte(String tag) throws IOException {
        Sample sample = new Sample("İI", 1234567, 1234.5, Verdict.NOT_RUN, List.of(1000));
        String golden = Json.canonical(sample) + Json.pretty(sample);
        Locales.run(tag, () -> assertEquals(golden, Json.canonical(sample) + Json.pretty(sample)));
    }

    @Test
    void digestIsThePublishedOne() {
        // FIPS 180-4 example, as in RFC 6234.
        assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Json.sha256("abc"));
        assertEquals(Json.sha256(new byte[] {(byte) 0xC3, (byte) 0xA9}), Json.sha256("é"), "UTF-8");
    }
}
