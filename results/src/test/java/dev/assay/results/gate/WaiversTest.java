package dev.assay.results.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WaiversTest {
    private static final String GOOD = """
            {"id": "w1", "operator": "softmax", "backend": "acme", "verdict": "fail", "worst_error_ratio": 3,
             "owner": "Ada", "reason": "known", "expires": "2026-12-31"}""";

    private static Waivers parse(String... waivers) {
        String text = "{\"schema\": 1, \"waivers\": [\n" + String.join(",\n", waivers) + "]}";
        return Waivers.parse(Path.of("waivers.json"), text.getBytes(StandardCharsets.UTF_8));
    }

    private static void refuses(String text, String... words) {
        String message = assertThrows(HarnessException.class, () -> parse(text)).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), () -> "'" + word + "' is missing in: " + message);
        }
    }

    @Test
    void aWaiverIsRead() {
        Waiver waiver = parse(GOOD).waivers().getFirst();
        assertEquals("softmax", waiver.operator());
        assertEquals(3, waiver.worstErrorRatio().orElseThrow());
        assertEquals("2026-12-31", waiver.expires().toString());
        assertEquals(2, waiver.line());
        assertEquals(0, parse().waivers().size());
    }

    @Test
    void whatIsWrongIsRefusedWithLineAndField() {
        for (String field : new String[] {"id", "backend", "verdict", "owner", "reason", "expires"}) {
            refuses(GOOD.replace("\"" + field + "\"", "\"x\""), "field waivers[0].x");
            refuses(
                    GOOD.replaceAll("\"" + field + "\": \"[^\"]*\"", "\"suite\": \"s\""),
                    "'" + field + "' is missing",
                    "line 2");
            refuses(GOOD.replaceAll("\"" + field + "\": \"[^\"]*\"", "\"" + field + "\": \" \""), "is empty");
        }
        refuses(GOOD.replace("\"operator\": \"softmax\", ", ""), "neither a case nor an operator".substring(0, 7));
        refuses(GOOD.replace("\"operator\"", "\"case\": \"softmax/x\", \"operator\""), "both a case and an operator");
        refuses(GOOD.replace("softmax", "soft*"), "is a pattern", "waivers[0].operator");
        refuses(GOOD.replace("fail", "pass"), "'pass' cannot be waived", "unstable");
        refuses(GOOD.replace("3,", "-1,"), "worst_error_ratio");
        refuses(GOOD.replace("3,", "\"much\","), "'much' is no ratio", "Infinity");
        refuses(GOOD.replace("3,", "1e999,"), "worst_error_ratio");
        refuses(GOOD.replace("fail", "regressed"), "does not go with 'regressed'");
        refuses(GOOD.replace("\"worst_error_ratio\": 3", "\"slowdown_pct\": 3"), "does not go with 'fail'");
        refuses(GOOD.replace("fail", "regressed").replace("\"worst_error_ratio\": 3,", ""), "how much slower");
        refuses(GOOD.replace("known", "a\\u0000b"), "control character");
    }

    @ParameterizedTest
    @CsvSource({"2026-02-30", "2026-13-01", "31.12.2026", "2026-12-31T00:00:00Z", "20261231", "soon", "2026-1-1"})
    void aDateIsADayInIsoForm(String date) {
        refuses(GOOD.replace("2026-12-31", date), "'" + date + "' is no date", "waivers[0].expires", "line 3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"id\": \"w1\"                                                | called 'w1'",
                "\"id\": \"w2\"                                                | overlap",
                "\"id\": \"w2\", \"suite\": \"smoke\"                          | overlap",
                "\"id\": \"w2\", \"layer\": \"bound\"                          | overlap",
                "\"id\": \"w2\", \"backend_options\": \"mode=fast\"            | overlap"
            })
    void twoWaiversOfOneRowAreRefusedWithBothLines(String fields, String words) {
        String second = GOOD.replace("\"id\": \"w1\"", fields);
        String message =
                assertThrows(HarnessException.class, () -> parse(GOOD, second)).getMessage();
        assertTrue(message.contains(words) && message.contains("line 2 and line 4"), message);
    }

    @Test
    void aCaseOverlapsWithItsOperator() {
        String second =
                GOOD.replace("w1", "w2").replace("\"operator\": \"softmax\"", "\"case\": \"softmax/f16/7/-/n\"");
        assertThrows(HarnessException.class, () -> parse(GOOD, second));
        assertThrows(HarnessException.class, () -> parse(second, GOOD));
        assertEquals(
                2, parse(GOOD, second.replace("softmax/", "matmul/")).waivers().size());
    }

    @Test
    void waiversThatCannotMeetAreNoOverlap() {
        String narrow = GOOD.replace("\"operator\"", "\"suite\": \"smoke\", \"layer\": \"bound\", \"operator\"");
        assertEquals(
                5,
                parse(
                                narrow,
                                narrow.replace("w1", "w2").replace("smoke", "edges"),
                                narrow.replace("w1", "w3").replace("bound", "exact"),
                                narrow.replace("w1", "w4").replace("acme", "cpu"),
                                narrow.replace("w1", "w5").replace("fail", "unstable"))
                        .waivers()
                        .size());
    }
}
