package dev.assay.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CellTextTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "a",
                "m4096.n4096.k4096",
                "axis=-1",
                "a=1,b=2",
                "'quoted'",
                "say \"no\"",
                "x; y | z",
                "<b>bold</b>",
                "太初 SDAA",
                "\uD83D\uDE00",
                "3 + 4",
                "\\n"
            })
    void harmlessTextStaysAsItIs(String text) {
        assertEquals(text, CellText.harmless(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "=1+1",
                "+1",
                "-1",
                "--",
                "@SUM(A1)",
                "=",
                "+",
                "@",
                "=cmd|' /C calc'!A0",
                // Spreadsheets of an East Asian locale take the wide forms for the same.
                "\uFF1D1",
                "\uFF0B1",
                "\uFF0D1",
                "\uFF20SUM(A1)"
            })
    void formulaGetsAnApostrophe(String text) {
        assertEquals("'" + text, CellText.harmless(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {" =1", "\t=1", "\r\n=1", "\u0000=1", "\uFEFF=1", "\u200B=1", "\u2028 \u00AD=1"})
    void formulaBehindWhatIsNotSeenGetsAnApostrophe(String text) {
        assertEquals("'=1", CellText.harmless(text));
    }

    @ParameterizedTest
    @CsvSource({
        "0000, NUL",
        "0007, bell",
        "0009, tab",
        "000A, LF",
        "000D, CR",
        "001B, escape",
        "007F, delete",
        "0085, NEL",
        "00AD, soft hyphen",
        "200E, left to right",
        "202E, right to left",
        "2028, line",
        "2029, paragraph",
        "2066, isolate",
        "FEFF, mark",
        "D800, lone high surrogate",
        "DC00, lone low surrogate"
    })
    void whatIsNotSeenBecomesASpace(String hex, String what) {
        char odd = (char) Integer.parseInt(hex, 16);
        assertEquals("a b", CellText.harmless("a" + odd + "b"), what);
    }

    @Test
    void tooLongTextIsCutBetweenCharacters() {
        assertEquals(4000, CellText.harmless("x".repeat(10_000)).length());
        assertEquals("'=" + "x".repeat(3998), CellText.harmless("=" + "x".repeat(10_000)));
        String faces = CellText.harmless("x" + "\uD83D\uDE00".repeat(4000));
        assertTrue(faces.length() <= 4000);
        assertFalse(Character.isHighSurrogate(faces.charAt(faces.length() - 1)));
        assertEquals("x", CellText.harmless(" ".repeat(5000) + "x"), "blanks in front do not push the text out");
    }

    @Test
    void onceIsEnough() {
        Random random = new Random(20261122);
        String alphabet = "a'=+-@, \t\n\u0000\u00AD\uFF1D中\uD83D\uDE00\uD800";
        for (int i = 0; i < 20_000; i++) {
            int length = i % 100 == 0 ? 3990 + random.nextInt(20) : random.nextInt(6);
            StringBuilder text = new StringBuilder();
            while (text.length() < length) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            String once = CellText.harmless(text.toString());
            assertEquals(once, CellText.harmless(once));
            assertTrue(once.length() <= 4000);
        }
    }
}
