package dev.assay.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.assay.numerics.ErrorFunction;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/// Quantiles against the distribution function that they invert.
class NormalTest {
    /// Of the quantile and of the way back together; the quantile's own is about 1e-16 (Wichura 1988).
    private static final double LIMIT = 2e-15;

    /// Relative error of a quantile, from the probability that it goes back to.
    private static double error(double p, double quantile) {
        double density = Math.exp(-quantile * quantile / 2) / Math.sqrt(2 * Math.PI);
        double x = quantile / Math.sqrt(2);
        // Near the median in terms of p - 1/2, in the tails in terms of the tail itself.
        double off = Math.abs(p - 0.5) < 0.25
                ? ErrorFunction.erf(x) / 2 - (p - 0.5)
                : ErrorFunction.erfc(Math.abs(x)) / 2 - Math.min(p, 1 - p);
        return Math.abs(off / density / quantile);
    }

    @Test
    void quantilesInvertTheDistribution() {
        SplittableRandom random = new SplittableRandom(17);
        double[] far = random.doubles(1000, -700, -1).map(Math::exp).toArray();
        double[] all = DoubleStream.concat(random.doubles(4000, 0, 1), DoubleStream.of(far))
                .toArray();
        for (double p : all) {
            double error = error(p, Normal.quantile(p));
            assertTrue(error < LIMIT, p + ": " + error);
        }
    }

    @Test
    void bordersOfBranchesAreNoSteps() {
        for (double border : new double[] {0.075, 0.925, Math.exp(-25), 1 - Math.exp(-25)}) {
            for (double p : new double[] {Math.nextDown(border), border, Math.nextUp(border)}) {
                double error = error(p, Normal.quantile(p));
                assertTrue(error < LIMIT, p + ": " + error);
            }
        }
    }

    @Test
    void quantilesAreOddAroundTheMedian() {
        for (int k = 1; k < 512; k++) {
            double p = k / 1024.0;
            assertEquals(-Normal.quantile(p), Normal.quantile(1 - p));
        }
        assertEquals(0, Normal.quantile(0.5));
    }

    @Test
    void theCheckCanFail() {
        double quantile = Normal.quantile(0.01);
        assertTrue(error(0.01, quantile * (1 + 1e-14)) > LIMIT);
        assertTrue(error(0.01 * (1 + 1e-13), quantile) > LIMIT);
    }
}
