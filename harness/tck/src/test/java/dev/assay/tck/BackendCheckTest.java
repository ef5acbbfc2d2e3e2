package dev.assay.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.results.PlanFile.BackendRef;
import dev.assay.tck.RuleResult.Kind;
import dev.assay.tck.rules.Rules;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackendCheckTest {
    private static final Duration LONG = Duration.ofMinutes(2);

    private static BackendCheck check(String how, Duration limit) {
        return new BackendCheck(
                new BackendRef("fragile", "how=" + how), List.of("src/test/resources/products.json"), limit);
    }

    private static RuleResult result(BackendCheck check, String rule) throws InterruptedException {
        return check.check(Rules.named(rule));
    }

    @Test
    void aCrashIsTheResultOfItsRuleAndTheNextOneGoesOn() throws InterruptedException {
        try (BackendCheck check = check("halts-when-empty", LONG)) {
            assertEquals(Kind.OK, result(check, "C24").kind());
            RuleResult crash = result(check, "C25");
            assertEquals(Kind.CRASH, crash.kind());
            assertTrue(
                    crash.sentence().contains("exit code 17; last words: ")
                            && crash.sentence().contains("no grid"),
                    crash.sentence());
            assertTrue(crash.sentence().contains("fix: repeat it with --rule C25"), crash.sentence());
            assertEquals(Kind.OK, result(check, "C26").kind());
        }
    }

    @Test
    void aHangIsTheResultOfItsRuleAndTheNextOneGoesOn() throws InterruptedException {
        try (BackendCheck check = check("hangs-when-empty", Duration.ofSeconds(3))) {
            RuleResult hang = result(check, "C25");
            assertEquals(Kind.TIMEOUT, hang.kind());
            assertTrue(hang.sentence().contains("no answer within 3 s"), hang.sentence());
            assertEquals(Kind.OK, result(check, "C02").kind());
        }
    }

    /// One objection, and not twenty of the same.
    @Test
    void whereEveryRunCrashesOneRuleSaysSo() throws InterruptedException {
        try (BackendCheck check = check("halts", LONG)) {
            RuleResult first = result(check, "C11");
            assertEquals(Kind.NOT_APPLICABLE, first.kind());
            assertTrue(first.sentence().contains("see C18"), first.sentence());
            assertEquals(Kind.CRASH, result(check, "C18").kind());
            assertEquals(Kind.NOT_APPLICABLE, result(check, "C21").kind());
            assertEquals(Kind.OK, result(check, "C16").kind());
        }
    }
}
