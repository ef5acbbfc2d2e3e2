package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/// Against the series and the continued fraction of Abramowitz and Stegun (7.1.6 and 7.1.14), in decimals.
class ErrorFunctionTest {
    private static final MathContext MANY = new MathContext(50);
    private static final BigDecimal ONE = BigDecimal.ONE;
    private static final BigDecimal TWO = BigDecimal.TWO;
    private static final BigDecimal ROOT_PI =
            new BigDecimal("3.14159265358979323846264338327950288419716939937510582097494459").sqrt(MANY);
    private static final BigDecimal ENOUGH = new BigDecimal("1e-50");

    /// Largest error measured on 20500 other arguments against mpmath: 0.509 ulp, and 0.714 where results are
    /// subnormal and are therefore rounded twice.
    private static final double NORMAL = 0.515;

    private static final double SUBNORMAL = 0.755;

    /// `exp(-y)` for y >= 0, as the inverse of a sum of positive terms.
    private static BigDecimal expOfMinus(BigDecimal y) {
        int halvings = Math.max(0, Math.getExponent(y.doubleValue()) + 4);
        BigDecimal small = y.divide(TWO.pow(halvings), MANY);
        BigDecimal term = ONE;
        BigDecimal sum = ONE;
        for (int n = 1; term.compareTo(ENOUGH) > 0; n++) {
            term = term.multiply(small, MANY).divide(BigDecimal.valueOf(n), MANY);
            sum = sum.add(term, MANY);
        }
        for (int i = 0; i < halvings; i++) {
            sum = sum.multiply(sum, MANY);
        }
        return ONE.divide(sum, MANY);
    }

    /// `erf(x) = 2/√π exp(-x²) Σ 2ⁿ x^(2n+1) / (1·3···(2n+1))`; every term is positive.
    private static BigDecimal series(double x) {
        BigDecimal exact = new BigDecimal(x);
        BigDecimal twice = exact.multiply(exact).multiply(TWO);
        BigDecimal term = exact.round(MANY);
        BigDecimal sum = term;
        BigDecimal least = term.multiply(ENOUGH);
        for (int n = 1; term.compareTo(least) > 0; n++) {
            term = term.multiply(twice, MANY).divide(BigDecimal.valueOf(2L * n + 1), MANY);
            sum = sum.add(term, MANY);
        }
        return sum.multiply(expOfMinus(exact.multiply(exact)), MANY)
                .multiply(TWO)
                .divide(ROOT_PI, MANY);
    }

    /// `erfc(x) = exp(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + ...))))` for x >= 3.
    private static BigDecimal fraction(double x) {
        BigDecimal exact = new BigDecimal(x);
        BigDecimal rest = exact;
        for (int n = 150; n >= 1; n--) {
            rest = exact.add(BigDecimal.valueOf(n).divide(TWO.multiply(rest), MANY), MANY);
        }
        return expOfMinus(exact.multiply(exact)).divide(ROOT_PI.multiply(rest), MANY);
    }

    private static BigDecimal erfc(double x) {
        if (x < 0) {
            return TWO.subtract(erfc(-x));
        }
        return x < 3 ? ONE.subtract(series(x)) : fraction(x);
    }

    private static BigDecimal erf(double x) {
        if (x < 0) {
            return erf(-x).negate();
        }
        return x < 3 ? series(x) : ONE.subtract(fraction(x));
    }

    /// Error in units in the last place of the right value.
    private static double ulps(BigDecimal want, double got) {
        BigDecimal ulp = new BigDecimal(Math.ulp(want.doubleValue()));
        return new BigDecimal(got).subtract(want).abs().divide(ulp, MANY).doubleValue();
    }

    private static void check(double x) {
        double f = ulps(erf(x), ErrorFunction.erf(x));
        assertTrue(f <= (Math.abs(x) < Double.MIN_NORMAL ? SUBNORMAL : NORMAL), "erf(" + x + "): " + f + " ulp");
        BigDecimal want = erfc(x);
        double c = ulps(want, ErrorFunction.erfc(x));
        double allowed = want.doubleValue() < Double.MIN_NORMAL ? SUBNORMAL : NORMAL;
        assertTrue(c <= allowed, "erfc(" + x + "): " + c + " ulp");
    }

    @Test
    void seriesAndFractionAgree() {
        for (double x : new double[] {3, 3.7, 4.5, 6}) {
            BigDecimal difference =
                    ONE.subtract(series(x)).subtract(fraction(x)).abs();
            assertTrue(difference.compareTo(fraction(x).movePointLeft(25)) < 0, x + ": " + difference);
        }
    }

    @Test
    void errorsAreLittleMoreThanTheLastRounding() {
        SplittableRandom random = new SplittableRandom(5);
        DoubleStream.of(0.46875, 4, 8, 26)
                .forEach(top -> random.doubles(150, -top, top).forEach(ErrorFunctionTest::check));
        random.doubles(150, 20, 27.3).forEach(ErrorFunctionTest::check);
    }

    @Test
    void bordersOfBranchesAreNoSteps() {
        for (double border : new double[] {0.46875, 4, 20, 26.543, 27.226, 27.3, 0x1p-60, 0x1p-300, 1, 3}) {
            for (double x : new double[] {Math.nextDown(border), border, Math.nextUp(border)}) {
                check(x);
                check(-x);
            }
        }
    }

    @Test
    void tinyArgumentsAreScaled() {
        for (double x : new double[] {1e-9, 1e-100, 1e-299, 0x1p-1022, 0x1p-1060, 5 * Double.MIN_VALUE, 3e-310}) {
            check(x);
            check(-x);
        }
    }

    @Test
    void theTailEndsInSubnormalsAndZero() {
        assertEquals(Double.MIN_VALUE, ErrorFunction.erfc(27.215));
        assertEquals(0, ErrorFunction.erfc(27.25));
        assertEquals(0, ErrorFunction.erfc(1e300));
        for (double x = 26.5; x < 27.25; x += 0.01) {
            check(x);
        }
    }

    @Test
    void endsAndOddnessAreExact() {
        double inf = Double.POSITIVE_INFINITY;
        assertEquals(1, ErrorFunction.erf(inf));
        assertEquals(-1, ErrorFunction.erf(-inf));
        assertEquals(0, ErrorFunction.erfc(inf));
        assertEquals(2, ErrorFunction.erfc(-inf));
        assertEquals(1, ErrorFunction.erfc(-0.0));
        assertEquals(-0.0, ErrorFunction.erf(-0.0));
        assertEquals(0.0, ErrorFunction.erf(0.0));
        assertTrue(Double.isNaN(ErrorFunction.erf(Double.NaN)) && Double.isNaN(ErrorFunction.erfc(Double.NaN)));
        SplittableRandom random = new SplittableRandom(6);
        for (double x : random.doubles(2000, 0, 7).toArray()) {
            assertEquals(-ErrorFunction.erf(x), ErrorFunction.erf(-x));
            assertEquals(1, ErrorFunction.erf(x) + ErrorFunction.erfc(x), 0x1p-53, "erf + erfc at " + x);
        }
    }

    @Test
    void theCheckCanFail() {
        double next = Math.nextUp(ErrorFunction.erfc(1.25));
        assertTrue(ulps(erfc(1.25), next) > NORMAL, "one unit off");
    }
}
