package dev.assay.operator.gradient;

import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;

/// Sums over a row, and what gradients make of them.
final class RowSums {
    private RowSums() {}

    /// The sum of products, each of which may be rounded before it is added.
    static Estimate dot(double[] a, double[] b, LineArithmetic arithmetic) {
        double[] terms = new double[a.length];
        double[] rests = new double[a.length];
        for (int i = 0; i < a.length; i++) {
            terms[i] = a[i] * b[i];
            // Exact but for what underflows.
            rests[i] = Double.isFinite(terms[i]) ? Math.fma(a[i], b[i], -terms[i]) : 0;
        }
        Estimate sum = arithmetic.sum(terms, rests, 0);
        return sum.isExact() ? sum : sum.withCertain(a.length * arithmetic.quantum());
    }

    /// The sum of products with numbers that err themselves.
    ///
    /// @param relative rms error of each of the second, relative
    static Estimate dot(double[] a, DoubleDouble[] b, double relative, LineArithmetic arithmetic) {
        double[] terms = new double[a.length];
        double[] rests = new double[a.length];
        double squares = 0;
        boolean kept = true;
        for (int i = 0; i < a.length; i++) {
            DoubleDouble product = b[i].times(a[i]);
            kept &= isKept(b[i], arithmetic);
            terms[i] = product.hi();
            rests[i] = Double.isFinite(product.hi()) ? product.lo() : 0;
            squares += terms[i] * terms[i];
        }
        // Numbers that the working type holds are taken for exact: whole ones of a data set that is made for it.
        Estimate sum = arithmetic.sum(terms, rests, kept && whole(b) ? 0 : relative * Math.sqrt(squares));
        return sum.isExact() ? sum : sum.withCertain(2 * a.length * arithmetic.quantum());
    }

    /// The product `y (d - s)`, which may be worked out as `y d - y s`.
    ///
    /// Its variance is `y² (σ_s² + (c u)² (d² + s²)) + (c u)² (y (d - s))²`.
    /// Nothing is rounded where every step of both ways is exact.
    static Estimate centred(double y, double d, Estimate s, LineArithmetic arithmetic) {
        DoubleDouble distance = DoubleDouble.of(d).minus(s.value());
        DoubleDouble result = distance.times(y);
        double size = Math.abs(result.hi());
        if (!Double.isFinite(size)) {
            // Infinity minus infinity, zero times infinity: one way has them, the other not.
            return Estimate.exact(y * (d - s.number())).doubting(s.doubts() | Estimate.NOT_FINITE);
        }
        if (s.isExact()
                && isKept(distance, arithmetic)
                && isKept(result, arithmetic)
                && isKept(DoubleDouble.product(y, d), arithmetic)
                && isKept(s.value().times(y), arithmetic)) {
            return new Estimate(result, 0, 0, 0, s.doubts());
        }
        double unit = arithmetic.unit();
        double factor = Math.abs(y);
        double sigma =
                Math.hypot(Math.hypot(factor * s.sigma(), unit * size), unit * factor * Math.hypot(d, s.number()));
        // What lies below the smallest number is lost, of either product and of the distance.
        double lost = arithmetic.quantum() * (2 + factor);
        double large = Math.max(1, factor) * (Math.abs(d) + Math.abs(s.number()));
        int range = large > arithmetic.largest() / 2 ? Estimate.NOT_FINITE : 0;
        return new Estimate(result, sigma, factor * s.certain() + lost, 0, s.doubts() | range);
    }

    private static boolean whole(DoubleDouble[] numbers) {
        boolean whole = true;
        for (DoubleDouble number : numbers) {
            whole &= number.hi() == Math.rint(number.hi());
        }
        return whole;
    }

    /// Whether a number is one of the working type's.
    static boolean isKept(DoubleDouble value, LineArithmetic arithmetic) {
        double size = Math.abs(value.hi());
        return value.lo() == 0
                && arithmetic.working().round(value.hi()) == value.hi()
                && (size == 0 || size >= arithmetic.quantum());
    }
}
