package dev.assay.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.backend.BackendOptions;
import dev.assay.tck.rules.Candidate;
import dev.assay.tck.rules.FragileProvider;
import dev.assay.tck.rules.Outcome;
import dev.assay.tck.rules.Rules;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LimitedCheckTest {
    private static final List<String> SUITES = List.of("src/test/resources/products.json");

    private static Candidate candidate(String how) {
        return new Candidate(FragileProvider::new, BackendOptions.of(Map.of("how", how)), SUITES);
    }

    @Test
    void aRuleThatHangsIsBrokenAndTheNextOneGoesOn() throws Throwable {
        AtomicInteger made = new AtomicInteger();
        try (LimitedCheck check = new LimitedCheck(
                () -> {
                    made.incrementAndGet();
                    return candidate("hangs-when-empty");
                },
                Duration.ofSeconds(3))) {
            Outcome hung = check.check(Rules.named("C25"));
            assertInstanceOf(Outcome.Violated.class, hung);
            assertTrue(hung.sentence().startsWith("no answer within 3 s"), hung.sentence());
            assertInstanceOf(Outcome.Ok.class, check.check(Rules.named("C06")));
            assertEquals(2, made.get(), "what hung is not used again");
        }
    }
}
