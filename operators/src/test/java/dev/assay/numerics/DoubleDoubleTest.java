package dev.assay.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class DoubleDoubleTest {
    private static final MathContext MANY = new MathContext(60);
    private static final int ROUNDS = 2000;

    private static DoubleDouble random(SplittableRandom random, int binades) {
        double hi = random.nextGaussian() * Math.scalb(1.0, random.nextInt(-binades, binades + 1));
        return DoubleDouble.sum(hi, hi * 0x1p-54 * random.nextDouble(-1, 1));
    }

    private static BigDecimal exact(DoubleDouble x) {
        return new BigDecimal(x.hi()).add(new BigDecimal(x.lo()));
    }

    private static void assertClose(BigDecimal want, DoubleDouble got, double relative, String what) {
        double error = exact(got).subtract(want).abs(MANY).doubleValue();
        double allowed = relative * want.abs(MANY).doubleValue();
        assertTrue(error <= allowed, what + ": " + got + " instead of " + want.round(MANY) + ", " + error / allowed);
        assertEquals(got.hi(), got.hi() + got.lo(), what + ": the parts overlap");
    }

    @Test
    void sumsAndProductsOfTwoDoublesAreExact() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < ROUNDS; i++) {
            double a = random(random, 60).hi();
            double b = random(random, 60).hi();
            BigDecimal x = new BigDecimal(a);
            BigDecimal y = new BigDecimal(b);
            assertEquals(0, x.add(y).compareTo(exact(DoubleDouble.sum(a, b))));
            assertEquals(0, x.multiply(y).compareTo(exact(DoubleDouble.product(a, b))));
        }
    }

    @Test
    void arithmeticKeepsAHundredBits() {
        SplittableRandom random = new SplittableRandom(2);
        for (int i = 0; i < ROUNDS; i++) {
            DoubleDouble x = random(random, 40);
            DoubleDouble y = random(random, 40);
            BigDecimal a = exact(x);
            BigDecimal b = exact(y);
            double plain = y.hi();
            BigDecimal c = new BigDecimal(plain);
            // Joldes, Muller and Popescu 2017: 3u², 2u², 5u² (with fma), 10u² at most.
            assertClose(a.add(b), x.plus(y), 0x1p-104, "sum");
            assertClose(a.subtract(b), x.minus(y), 0x1p-104, "difference");
            assertClose(a.add(c), x.plus(plain), 0x1p-104, "sum with a double");
            assertClose(a.multiply(b), x.times(y), 0x1p-103, "product");
            assertClose(a.multiply(c), x.times(plain), 0x1p-104, "product with a double");
            assertClose(a.divide(b, MANY), x.dividedBy(y), 0x1p-102, "quotient");
            assertClose(a.abs().sqrt(MANY), x.hi() < 0 ? x.negated().sqrt() : x.sqrt(), 0x1p-102, "root");
        }
    }

    @Test
    void cancellationLeavesTheLowParts() {
        DoubleDouble x = new DoubleDouble(1, 0x1p-60);
        DoubleDouble y = new DoubleDouble(1, -0x1p-60);
        assertEquals(0x1p-59, x.minus(y).value());
        assertEquals(0, x.minus(x).value());
        assertEquals(0x1p-60, x.plus(-1).value());
    }

    /// exp by halving and its series, in decimals.
    private static BigDecimal exp(BigDecimal x) {
        int halvings = 40;
        MathContext context = new MathContext(120);
        BigDecimal r = x.divide(BigDecimal.TWO.pow(halvings), context);
        BigDecimal term = BigDecimal.ONE;
        BigDecimal sum = BigDecimal.ONE;
        for (int n = 1; n < 20; n++) {
            term = term.multiply(r, context).divide(BigDecimal.valueOf(n), context);
            sum = sum.add(term, context);
        }
        for (int i = 0; i < halvings; i++) {
            sum = sum.multiply(sum, context);
        }
        return sum;
    }

    private static BigDecimal tanh(BigDecimal x) {
        BigDecimal e = exp(x.add(x));
        return e.subtract(BigDecimal.ONE).divide(e.add(BigDecimal.ONE), MANY);
    }

    private static void checkFunction(
            String name,
            UnaryOperator<DoubleDouble> function,
            UnaryOperator<BigDecimal> decimal,
            double[] at,
            double relative) {
        for (double x : at) {
            DoubleDouble argument = DoubleDouble.sum(x, x * 0x1.3p-55);
            assertClose(decimal.apply(exact(argument)), function.apply(argument), relative, name + "(" + x + ")");
        }
    }

    @Test
    void exponentialKeepsAboutAHundredBits() {
        double[] at = {1e-30, 1e-9, 0.3, 0.3465, 0.3466, 1, -1, 10, -10, 88.7, -88.7, 300.1, 709, -600};
        checkFunction("exp", DoubleDouble::exp, DoubleDoubleTest::exp, at, 0x1p-96);
        SplittableRandom random = new SplittableRandom(3);
        double[] many = random.doubles(200, -30, 30).toArray();
        checkFunction("exp", DoubleDouble::exp, DoubleDoubleTest::exp, many, 0x1p-98);
    }

    @Test
    void exponentialOfZeroIsOne() {
        assertEquals(DoubleDouble.ONE, DoubleDouble.ZERO.exp());
    }

    @Test
    void exponentialEndsWhereDoublesEnd() {
        assertEquals(Double.POSITIVE_INFINITY, DoubleDouble.of(711).exp().hi());
        assertEquals(
                Double.POSITIVE_INFINITY,
                DoubleDouble.of(Double.POSITIVE_INFINITY).exp().hi());
        assertEquals(0, DoubleDouble.of(Double.NEGATIVE_INFINITY).exp().value());
        assertEquals(0, DoubleDouble.of(-747).exp().value());
        assertEquals(Math.exp(-744), DoubleDouble.of(-744).exp().value(), Double.MIN_VALUE);
        assertTrue(Double.isNaN(DoubleDouble.of(Double.NaN).exp().hi()));
    }

    @Test
    void tanhKeepsAboutNinetyBits() {
        double[] at = {1e-25, 1e-9, 9.99e-4, 1e-3, 1.001e-3, 0.1, 0.5, 1, -2, 5, -20, 39};
        checkFunction("tanh", DoubleDouble::tanh, DoubleDoubleTest::tanh, at, 0x1p-90);
        assertEquals(1, DoubleDouble.of(41).tanh().value());
        assertEquals(-1, DoubleDouble.of(Double.NEGATIVE_INFINITY).tanh().value());
        assertEquals(0, DoubleDouble.ZERO.tanh().value());
        assertTrue(Double.isNaN(DoubleDouble.of(Double.NaN).tanh().hi()));
    }

    @Test
    void whatIsNotFiniteFollowsTheHighPart() {
        double inf = Double.POSITIVE_INFINITY;
        DoubleDouble x = new DoubleDouble(1, 0x1p-60);
        assertEquals(inf, x.plus(inf).hi());
        assertEquals(inf, x.plus(DoubleDouble.of(inf)).hi());
        assertEquals(-inf, x.times(-inf).hi());
        assertEquals(inf, DoubleDouble.of(1e200).times(DoubleDouble.of(1e200)).hi());
        assertEquals(inf, x.dividedBy(DoubleDouble.ZERO).hi());
        assertEquals(0, DoubleDouble.ONE.dividedBy(DoubleDouble.of(inf)).hi());
        assertTrue(Double.isNaN(DoubleDouble.ZERO.dividedBy(DoubleDouble.ZERO).hi()));
        assertEquals(inf, DoubleDouble.of(inf).sqrt().hi());
        assertEquals(0, DoubleDouble.ZERO.sqrt().hi());
        assertTrue(Double.isNaN(DoubleDouble.of(-1).sqrt().hi()));
        assertEquals(0, DoubleDouble.sum(inf, 1).lo());
        assertEquals(0, DoubleDouble.product(1e200, 1e200).lo());
    }

    @Test
    void scalingIsExact() {
        DoubleDouble x = new DoubleDouble(3, 0x1p-54);
        assertEquals(new DoubleDouble(12, 0x1p-52), x.scaled(2));
        assertEquals(new DoubleDouble(0.75, 0x1p-56), x.scaled(-2));
    }
}
