package dev.assay.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VerdictTest {
    private static final List<String> WORDS = List.of(
            "pass",
            "fail",
            "unsupported",
            "vacuous",
            "unstable",
            "error",
            "crash",
            "timeout",
            "out_of_memory",
            "not_run");

    @Test
    void wordsAreTheDocumentedOnes() {
        assertEquals(WORDS, Arrays.stream(Verdict.values()).map(Verdict::word).toList());
        WORDS.forEach(word -> assertEquals(word, Verdict.of(word).word()));
    }

    @Test
    void turkishLowerCaseChangesNoWord() throws IOException {
        Locales.run(
                "tr-TR",
                () -> assertEquals(
                        WORDS,
                        Arrays.stream(Verdict.values()).map(Verdict::word).toList()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "PASS", "Pass", "pass ", "passed", "ok", "waived", "out of memory"})
    void anyOtherWordIsRefused(String word) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Verdict.of(word));
        assertTrue(String.valueOf(e.getMessage()).contains("'" + word + "'"));
    }
}
