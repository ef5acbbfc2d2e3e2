package dev.assay.results.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.HarnessException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswersTest {
    @Test
    void csvNeutralisesTextAndKeepsNumbers() {
        StringBuilder out = new StringBuilder();
        try (CsvAnswer answer = new CsvAnswer(out)) {
            answer.columns(List.of("+a", "b", "c"));
            answer.row(Arrays.asList("=1+1", null, -1.5));
            answer.row(Arrays.asList("a,\"b\"\nc", true, Double.NaN));
            answer.row(Arrays.asList("-", Long.MIN_VALUE, "ünï"));
        }
        assertEquals("'+a,b,c\n'=1+1,,-1.5\n\"a,\"\"b\"\" c\",true,NaN\n-,-9223372036854775808,ünï\n", out.toString());
    }

    @Test
    void jsonOfNothingIsAnEmptyList() {
        StringBuilder out = new StringBuilder();
        try (JsonAnswer answer = new JsonAnswer(out)) {
            answer.columns(List.of("a"));
        }
        assertEquals("[]\n", out.toString());
    }

    /// This module has no database: whoever lacks it is told where to get it.
    @Test
    void anAbsentModuleIsAUsageErrorWithItsRemedy() {
        HarnessException refused = assertThrows(HarnessException.class, RunDatabase::installed);
        assertTrue(refused.getMessage().startsWith("databases are not installed"), refused.getMessage());
        assertTrue(refused.fix().contains("assay-database.zip"), refused.fix());
    }
}
