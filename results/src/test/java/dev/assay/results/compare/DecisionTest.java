package dev.assay.results.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.results.compare.Decision.Inputs;
import dev.assay.results.compare.Effect.Interval;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecisionTest {
    private static Effect effect(double low, double high) {
        return new Effect((low + high) / 2, Optional.of(new Interval(low, high, 0.95)), 0.5);
    }

    private static Change decided(double low, double high, double wanted, double floor, double detectable) {
        OptionalDouble known = Double.isNaN(detectable) ? OptionalDouble.empty() : OptionalDouble.of(detectable);
        return Decision.of(effect(low, high), new Inputs(wanted, floor, known, "10 pairs of rounds", "6 or more"))
                .change();
    }

    /// Every region of the table, its edges on both sides.
    @ParameterizedTest
    @CsvSource({
        "0.051, 0.2, REGRESSED",
        "0.05, 0.2, SLOWER",
        "0.001, 0.2, SLOWER",
        "0.001, 0.002, SLOWER",
        "0, 0.2, INCONCLUSIVE",
        "0, 0.05, SAME",
        "-0.05, 0.05, SAME",
        "-0.05, 0, SAME",
        "-0.051, 0.05, INCONCLUSIVE",
        "-0.05, 0.051, INCONCLUSIVE",
        "-0.2, 0.2, INCONCLUSIVE",
        "-0.2, 0, INCONCLUSIVE",
        "-0.2, -0.001, FASTER",
        "-0.2, -0.05, FASTER",
        "-0.2, -0.051, IMPROVED"
    })
    void everyRegionHasItsWord(double low, double high, Change expected) {
        assertEquals(expected, decided(low, high, 0.05, 0, Double.NaN));
    }

    @Test
    void aNoiseFloorWidensTheMarginOfARegression() {
        assertEquals(Change.REGRESSED, decided(0.06, 0.2, 0.05, 0.05, Double.NaN));
        assertEquals(Change.SLOWER, decided(0.06, 0.2, 0.05, 0.07, Double.NaN));
        assertEquals(Change.FASTER, decided(-0.2, -0.06, 0.05, 0.07, Double.NaN));
    }

    @Test
    void aNoiseFloorNeverMakesACaseTheSame() {
        assertEquals(Change.SAME, decided(-0.04, 0.04, 0.05, 0.05, Double.NaN));
        assertEquals(Change.UNMEASURABLE, decided(-0.06, 0.06, 0.05, 0.07, Double.NaN));
        assertEquals(Change.UNMEASURABLE, decided(-0.04, 0.04, 0.05, 0.07, Double.NaN));
    }

    @Test
    void roundsThatCannotDetectTheMarginDecideOnlyLargeChanges() {
        assertEquals(Change.UNMEASURABLE, decided(-0.04, 0.04, 0.05, 0, 0.06));
        assertEquals(Change.UNMEASURABLE, decided(-0.1, 0.1, 0.05, 0, 0.06));
        assertEquals(Change.SAME, decided(-0.04, 0.04, 0.05, 0, 0.05));
        assertEquals(Change.REGRESSED, decided(0.1, 0.2, 0.05, 0, 0.06));
        assertEquals(Change.SLOWER, decided(0.01, 0.2, 0.05, 0, 0.06));
    }

    @Test
    void noIntervalIsUnmeasurable() {
        Decision decision = Decision.of(
                new Effect(3, Optional.empty(), 0.1),
                new Inputs(0.05, 0, OptionalDouble.empty(), "3 pairs of rounds", "6 or more"));
        assertEquals(Change.UNMEASURABLE, decision.change());
        assertTrue(
                decision.reason().contains("no interval from 3 pairs of rounds; 6 or more give one"),
                decision.reason());
    }

    @Test
    void withoutNoiseTheMarginAloneDecides() {
        assertEquals(Change.SAME, Decision.exact(0, 0.05).change());
        assertEquals(Change.SLOWER, Decision.exact(1e-9, 0.05).change());
        assertEquals(Change.SLOWER, Decision.exact(0.05, 0.05).change());
        assertEquals(Change.REGRESSED, Decision.exact(0.0500001, 0.05).change());
        assertEquals(Change.FASTER, Decision.exact(-0.05, 0.05).change());
        assertEquals(Change.IMPROVED, Decision.exact(-0.051, 0.05).change());
    }
}
