package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChiSquareTest {
    /// Quantiles as far as tables have digits (Abramowitz and Stegun, 1964, table 26.8), and of two degrees, where the
    /// tail is exp(-x/2).
    @ParameterizedTest
    @CsvSource({
        "1,3.841458820694124,0.05",
        "1,10.827566170662733,0.001",
        "10,18.307038053275146,0.05",
        "10,3.940299136,0.95",
        "100,124.3421134,0.05",
        "100,149.4492527,0.001",
        "2,46.051701859880914,1e-10",
        "2,0.02,0.990049833749168"
    })
    void upperTailsAreThoseOfTables(int degrees, double x, double tail) {
        assertEquals(1, ChiSquare.upperTail(x, degrees) / tail, 1e-6);
    }

    @Test
    void tailsAddUpToOne() {
        for (int degrees : new int[] {1, 2, 3, 63, 2000}) {
            for (double x = 0.25; x < 4000; x *= 2) {
                assertEquals(1, ChiSquare.lowerTail(x, degrees) + ChiSquare.upperTail(x, degrees), 1e-12);
            }
        }
        assertEquals(1, ChiSquare.upperTail(0, 5));
        assertEquals(0, ChiSquare.lowerTail(0, 5));
    }
}
