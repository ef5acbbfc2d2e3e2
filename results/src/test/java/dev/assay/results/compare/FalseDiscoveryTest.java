package dev.assay.results.compare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class FalseDiscoveryTest {
    /// As `p.adjust(p, "BH")` of R gives them.
    @Test
    void valuesAreThoseOfTheLiterature() {
        assertArrayEquals(
                new double[] {0.05, 0.05, 0.05, 0.05, 0.05},
                FalseDiscovery.adjusted(new double[] {0.01, 0.02, 0.03, 0.04, 0.05}),
                1e-15);
        // Out of order, with a tie: the adjusted value belongs to the p at its place.
        assertArrayEquals(
                new double[] {0.9, 0.02, 0.3 * 5 / 4, 0.02, 0.02 * 5 / 3},
                FalseDiscovery.adjusted(new double[] {0.9, 0.004, 0.3, 0.008, 0.02}),
                1e-15);
    }

    @Test
    void nothingIsAdjustedToNothing() {
        assertEquals(0, FalseDiscovery.adjusted(new double[0]).length);
        assertArrayEquals(new double[] {0.4}, FalseDiscovery.adjusted(new double[] {0.4}));
        assertArrayEquals(new double[] {1, 1}, FalseDiscovery.adjusted(new double[] {1, 1}));
    }
}
