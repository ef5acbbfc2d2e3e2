package dev.assay.numerics;

import java.math.BigDecimal;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The error function and its complement, for references whose formula holds one.
///
/// `erf(x) = 2/√π ∫₀ˣ exp(-t²) dt`, `erfc(x) = 1 - erf(x)`. Rational approximations of W. J. Cody, "Rational
/// Chebyshev approximations for the error function" (Math. Comp. 23, 1969), with the coefficients of his program
/// CALERF (SPECFUN), good to about 18 digits. Evaluated in [DoubleDouble] they are wrong by little more than the
/// last rounding: measured 0.51 ulp, 0.72 where the result is subnormal.
public final class ErrorFunction {
    private ErrorFunction() {}

    private static final double CENTRE = 0.46875;
    private static final double FAR = 4;
    /// From here on erfc is 0, and 1 - erfc has been 1 for long.
    private static final double END = 27.3;
    /// Below this erf is linear, and parts of a product may underflow.
    private static final double TINY = 0x1p-300;

    private static final int SHIFT = 128;
    private static final int STEPS = 64;
    private static final DoubleDouble LN2 = new DoubleDouble(0.6931471805599453, 2.3190468138462996e-17);
    /// `2^(j/64)`
    private static final DoubleDouble[] ROOTS = IntStream.range(0, STEPS)
            .mapToObj(j -> LN2.times((double) j / STEPS).exp())
            .toArray(DoubleDouble[]::new);

    private static final DoubleDouble INVERSE_ROOT_PI = parse("0.56418958354775628694807945156077259");

    // Highest power first.
    private static final DoubleDouble[] CENTRE_TOP = coefficients(
            "1.85777706184603153e-1",
            "3.16112374387056560e0",
            "1.13864154151050156e2",
            "3.77485237685302021e2",
            "3.20937758913846947e3");
    private static final DoubleDouble[] CENTRE_BOTTOM = coefficients(
            "1", "2.36012909523441209e1", "2.44024637934444173e2", "1.28261652607737228e3", "2.84423683343917062e3");
    private static final DoubleDouble[] NEAR_TOP = coefficients(
            "2.15311535474403846e-8",
            "5.64188496988670089e-1",
            "8.88314979438837594e0",
            "6.61191906371416295e1",
            "2.98635138197400131e2",
            "8.81952221241769090e2",
            "1.71204761263407058e3",
            "2.05107837782607147e3",
            "1.23033935479799725e3");
    private static final DoubleDouble[] NEAR_BOTTOM = coefficients(
            "1",
            "1.57449261107098347e1",
            "1.17693950891312499e2",
            "5.37181101862009858e2",
            "1.62138957456669019e3",
            "3.29079923573345963e3",
            "4.36261909014324716e3",
            "3.43936767414372164e3",
            "1.23033935480374942e3");
    private static final DoubleDouble[] FAR_TOP = coefficients(
            "1.63153871373020978e-2",
            "3.05326634961232344e-1",
            "3.60344899949804439e-1",
            "1.25781726111229246e-1",
            "1.60837851487422766e-2",
            "6.58749161529837803e-4");
    private static final DoubleDouble[] FAR_BOTTOM = coefficients(
            "1",
            "2.56852019228982242e0",
            "1.87295284992346725e0",
            "5.27905102951428412e-1",
            "6.05183413124413191e-2",
            "2.33520497626869185e-3");

    /// The published digits need more than a double.
    private static DoubleDouble parse(String digits) {
        BigDecimal exact = new BigDecimal(digits);
        double hi = exact.doubleValue();
        return new DoubleDouble(hi, exact.subtract(new BigDecimal(hi)).doubleValue());
    }

    private static DoubleDouble[] coefficients(String... digits) {
        return Stream.of(digits).map(ErrorFunction::parse).toArray(DoubleDouble[]::new);
    }

    /// The error function.
    public static double erf(double x) {
        double size = Math.abs(x);
        if (Double.isNaN(x) || size == 0) {
            return x;
        }
        if (size > END) {
            return Math.copySign(1, x);
        }
        if (size < TINY) {
            double scaled = INVERSE_ROOT_PI.scaled(1).times(Math.scalb(x, 900)).value();
            return Math.scalb(scaled, -900);
        }
        if (size <= CENTRE) {
            return centre(x).value();
        }
        return Math.copySign(
                DoubleDouble.ONE.minus(complement(size).scaled(-shift(size))).value(), x);
    }

    /// The complementary error function, to full relative accuracy down to the smallest number.
    public static double erfc(double x) {
        double size = Math.abs(x);
        if (Double.isNaN(x)) {
            return x;
        }
        if (size > END) {
            return x > 0 ? 0 : 2;
        }
        if (size < 0x1p-60) {
            return 1;
        }
        if (size <= CENTRE) {
            return DoubleDouble.ONE.minus(centre(x)).value();
        }
        if (x > 0) {
            return Math.scalb(complement(x).value(), -shift(x));
        }
        return DoubleDouble.of(2).minus(complement(size).scaled(-shift(size))).value();
    }

    private static DoubleDouble centre(double x) {
        DoubleDouble square = DoubleDouble.product(x, x);
        return ratio(CENTRE_TOP, CENTRE_BOTTOM, square).times(x);
    }

    /// Powers of two by which [#complement] is too large, so that its low part does not underflow.
    private static int shift(double x) {
        return x > 20 ? SHIFT : 0;
    }

    /// `erfc(x) 2^shift(x)` for x > 0.46875.
    private static DoubleDouble complement(double x) {
        DoubleDouble square = DoubleDouble.product(x, x);
        DoubleDouble e = exp(square.negated(), shift(x));
        if (x <= FAR) {
            return e.times(ratio(NEAR_TOP, NEAR_BOTTOM, DoubleDouble.of(x)));
        }
        DoubleDouble inverse = DoubleDouble.ONE.dividedBy(square);
        DoubleDouble tail = INVERSE_ROOT_PI.minus(inverse.times(ratio(FAR_TOP, FAR_BOTTOM, inverse)));
        return e.times(tail).dividedBy(DoubleDouble.of(x));
    }

    private static DoubleDouble ratio(DoubleDouble[] top, DoubleDouble[] bottom, DoubleDouble x) {
        return polynomial(top, x).dividedBy(polynomial(bottom, x));
    }

    /// Horner's scheme; in parts rather than in objects, for it is the inner loop.
    private static DoubleDouble polynomial(DoubleDouble[] coefficients, DoubleDouble x) {
        double high = coefficients[0].hi();
        double low = coefficients[0].lo();
        for (int i = 1; i < coefficients.length; i++) {
            double product = high * x.hi();
            double rest = Math.fma(high, x.hi(), -product) + (high * x.lo() + low * x.hi());
            double c = coefficients[i].hi();
            double sum = product + c;
            double part = sum - product;
            rest += ((product - (sum - part)) + (c - part)) + coefficients[i].lo();
            high = sum + rest;
            low = rest - (high - sum);
        }
        return new DoubleDouble(high, low);
    }

    /// `exp(x) 2^shift` to about 70 bits: `2^k 2^(j/64) exp(r)` with |r| < 0.0055, whose cubic term and beyond
    /// a double is enough for.
    private static DoubleDouble exp(DoubleDouble x, int shift) {
        long steps = Math.round(x.hi() / LN2.hi() * STEPS);
        DoubleDouble r = x.minus(LN2.times((double) steps / STEPS));
        double h = r.hi();
        double tail = h * h * h * (1.0 / 6 + h * (1.0 / 24 + h * (1.0 / 120 + h / 720)));
        DoubleDouble lessOne = r.plus(r.times(r).scaled(-1)).plus(tail);
        DoubleDouble root = ROOTS[(int) Math.floorMod(steps, (long) STEPS)];
        return root.plus(root.times(lessOne)).scaled((int) Math.floorDiv(steps, (long) STEPS) + shift);
    }
}
