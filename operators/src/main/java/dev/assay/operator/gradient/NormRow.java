package dev.assay.operator.gradient;

import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;

/// The gradient of a row that was normalised: `inv (g - c1 - n c2)` with `g = dy w`, `c1 = mean(g)`,
/// `c2 = mean(g n)`.
///
/// ```
/// σ² = inv² ((c u)² (g² + 2 (n c2)² + partial differences²) + σ_c1² + n² σ_c2² + c2² σ_n²)
///      + δ_inv² (dx - 2 inv n c2)² + (c u dx)²
/// ```
///
/// where n errs by two roundings of its own, and by the relative error δ of inv where this is computed:
/// a kernel has it in n twice, in c2 once, and in front.
final class NormRow {
    private final double[] dy;
    private final double[] weights;
    private final DoubleDouble[] normal;
    private final Estimate inverse;
    private final LineArithmetic arithmetic;
    private final double unit;
    private final Estimate first;
    private final Estimate second;

    /// @param normal exact normalised elements
    /// @param inverse what they were multiplied by, with its error
    /// @param centred whether the mean is taken away
    /// @param projected whether the part along the normalised row is
    NormRow(
            double[] dy,
            double[] weights,
            DoubleDouble[] normal,
            Estimate inverse,
            boolean centred,
            boolean projected,
            LineArithmetic arithmetic) {
        this.dy = dy;
        this.weights = weights;
        this.normal = normal;
        this.inverse = inverse;
        this.arithmetic = arithmetic;
        this.unit = arithmetic.unit();
        double[] g = new double[dy.length];
        double[] low = new double[dy.length];
        double squares = 0;
        for (int i = 0; i < g.length; i++) {
            DoubleDouble product = DoubleDouble.product(dy[i], weights[i]);
            g[i] = product.hi();
            low[i] = product.lo();
            squares += g[i] * g[i];
        }
        this.first = centred ? mean(g, low, unit * Math.sqrt(squares)) : Estimate.exact(0);
        double[] products = new double[g.length];
        double[] rests = new double[g.length];
        double fourth = 0;
        for (int i = 0; i < g.length; i++) {
            DoubleDouble product = normal[i].times(new DoubleDouble(g[i], low[i]));
            products[i] = product.hi();
            rests[i] = Double.isFinite(product.hi()) ? product.lo() : 0;
            fourth += products[i] * products[i];
        }
        this.second = projected ? mean(products, rests, 2 * unit * Math.sqrt(fourth)) : Estimate.exact(0);
    }

    private Estimate mean(double[] terms, double[] rests, double sigma) {
        Estimate sum = arithmetic.sum(terms, rests, sigma);
        return arithmetic.divided(sum.withCertain(terms.length * arithmetic.quantum()), terms.length);
    }

    Estimate gradient(int i) {
        DoubleDouble g = DoubleDouble.product(dy[i], weights[i]);
        DoubleDouble n = normal[i];
        DoubleDouble pulled = n.times(second.value());
        DoubleDouble inner = g.minus(first.value()).minus(pulled);
        DoubleDouble result = inner.times(inverse.value());
        int doubts = first.doubts() | second.doubts() | inverse.doubts();
        if (!Double.isFinite(result.hi())) {
            double plain = (g.hi() - first.number() - n.hi() * second.number()) * inverse.number();
            return new Estimate(DoubleDouble.of(plain), 0, 0, 0, doubts | Estimate.NOT_FINITE);
        }
        double factor = Math.abs(inverse.number());
        double size = Math.abs(n.hi());
        double delta = factor == 0 ? 0 : inverse.sigma() / factor;
        // Every partial difference is one of these, or nearly.
        double partial = Math.hypot(
                g.minus(first.value()).hi(),
                Math.hypot(g.minus(pulled).hi(), first.value().plus(pulled).hi()));
        double rounded = Math.hypot(Math.hypot(g.hi(), 2 * pulled.hi()), Math.hypot(partial, inner.hi()));
        double carried = Math.hypot(first.sigma(), size * second.sigma());
        double shared = delta * Math.abs(result.hi() - 2 * factor * pulled.hi());
        double sigma = Math.hypot(factor * Math.hypot(unit * rounded, carried), Math.hypot(shared, unit * result.hi()));
        double relative = factor == 0 ? 0 : inverse.certain() / factor;
        double certain = factor * (first.certain() + size * second.certain())
                + relative * Math.abs(result.hi() - 2 * factor * pulled.hi())
                + arithmetic.quantum() * (2 + factor * (2 + Math.abs(second.number())));
        double systematic =
                factor == 0 ? 0 : inverse.systematic() / factor * Math.abs(result.hi() - 2 * factor * pulled.hi());
        double large = Math.max(1, factor) * (Math.abs(g.hi()) + Math.abs(first.number()) + Math.abs(pulled.hi()));
        int range = large > arithmetic.largest() / 2 ? Estimate.NOT_FINITE : 0;
        return new Estimate(result, sigma, certain, systematic, doubts | range);
    }
}
