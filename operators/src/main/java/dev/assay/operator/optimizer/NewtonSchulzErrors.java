package dev.assay.operator.optimizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How roundings of the steps `X = a X + (b A + c A²) X` with `A = X Xᵀ` show in the result.
///
/// A step is `p(s) = a s + b s³ + c s⁵` of the singular values of X and leaves its singular vectors U and V. To first
/// order it carries a small change E of X on as follows (Noferini, A formula for the Fréchet derivative of a
/// generalized matrix function, SIAM J. Matrix Anal. Appl. 38, 2017): with `M = Uᵀ E V`, the symmetric part of M is
/// multiplied by `(p(s) - p(t)) / (s - t)` at the singular values s and t of its place, the other part by
/// `(p(s) + p(t)) / (s + t)`, and what lies outside of V's rows by `p(s) / s`. Steps in turn multiply by the product of
/// their factors.
///
/// Roundings are taken as independent: variances of elements become variances in the basis of U and V, are multiplied
/// by the squared factors, and are brought back. Independent elements have as much of the one part as of the other.
final class NewtonSchulzErrors {
    private final double a;
    private final double b;
    private final double c;
    private final double unit;
    private final double added;
    private final double grown;
    private final List<Dense> iterates = new ArrayList<>();
    private final List<Dense> fresh = new ArrayList<>();
    private final Dense left;
    private final Dense right;
    private final Dense outside;
    private final List<double[]> singular = new ArrayList<>();

    /// @param start of the first step, no higher than wide
    /// @param coefficients a, b, c
    /// @param unit rms error of a rounding between products, relative
    /// @param added rms error of a sum of products, relative to the root of the sum of their squares
    /// @param grown the same, relative to the sum itself
    NewtonSchulzErrors(Dense start, double[] coefficients, int steps, double unit, double added, double grown) {
        this.a = coefficients[0];
        this.b = coefficients[1];
        this.c = coefficients[2];
        this.unit = unit;
        this.added = added;
        this.grown = grown;
        // It was rounded before it was divided, and after.
        iterates.add(start);
        fresh.add(start.squared().scaled(2 * unit * unit));
        for (int step = 0; step < steps; step++) {
            step(iterates.getLast());
        }
        Dense vectors = start.times(start.transposed()).eigenvectors();
        Dense rows = vectors.transposed().times(start);
        double[] values = new double[start.rows()];
        Dense basis = Dense.zeros(start.rows(), start.columns());
        for (int i = 0; i < values.length; i++) {
            double square = 0;
            for (int j = 0; j < start.columns(); j++) {
                square += rows.at(i, j) * rows.at(i, j);
            }
            values[i] = Math.sqrt(square);
            for (int j = 0; j < start.columns() && values[i] > 0; j++) {
                basis.values()[i * start.columns() + j] = rows.at(i, j) / values[i];
            }
        }
        this.left = vectors.squared();
        this.right = basis.squared();
        this.outside = outside(right);
        for (int step = 0; step <= steps; step++) {
            singular.add(values);
            double[] next = new double[values.length];
            for (int i = 0; i < next.length; i++) {
                double square = values[i] * values[i];
                next[i] = values[i] * (a + square * (b + square * c));
            }
            values = next;
        }
    }

    /// How much of each column lies outside of the rows of V.
    private static Dense outside(Dense right) {
        Dense rest = Dense.zeros(1, right.columns());
        for (int j = 0; j < right.columns(); j++) {
            double inside = 0;
            for (int i = 0; i < right.rows(); i++) {
                inside += right.at(i, j);
            }
            rest.values()[j] = Math.max(0, 1 - inside);
        }
        return rest;
    }

    /// Takes a step, and notes the variances of what is rounded in it.
    private void step(Dense x) {
        Dense gram = x.times(x.transposed());
        Dense square = gram.times(gram);
        Dense sum = gram.with(square, (one, two) -> b * one + c * two);
        Dense moved = sum.times(x);
        Dense next = x.with(moved, (one, two) -> a * one + two);
        double rounding = unit * unit;
        double summing = added * added;
        double product = rounding + grown * grown;
        // Of X Xᵀ: its rounding, and that of its sums.
        Dense gramErrors = gram.squared()
                .scaled(product)
                .plus(x.squared().times(x.squared().transposed()).scaled(summing));
        Dense crossed = gramErrors.times(gram.squared()).plus(gram.squared().times(gramErrors));
        Dense sumErrors = gramErrors
                .scaled(b * b)
                .plus(crossed.scaled(c * c))
                .plus(gram.squared().times(gram.squared()).scaled(c * c * summing))
                .plus(gram.squared().scaled(b * b * rounding))
                .plus(square.squared().scaled(c * c * (product + rounding)))
                .plus(sum.squared().scaled(rounding));
        Dense errors = sumErrors
                .times(x.squared())
                .plus(sum.squared().times(x.squared()).scaled(summing))
                .plus(moved.squared().scaled(product))
                .plus(x.squared().scaled(a * a * rounding))
                .plus(next.squared().scaled(rounding));
        iterates.add(next);
        fresh.add(errors);
    }

    Dense result() {
        return iterates.getLast();
    }

    /// `(p(s) - p(t)) / (s - t)`, without a difference.
    private double slope(double s, double t) {
        double two = s * s + s * t + t * t;
        double four = s * s * s * s + s * s * s * t + s * s * t * t + s * t * t * t + t * t * t * t;
        return a + b * two + c * four;
    }

    /// Standard deviations of the elements of the result.
    Dense sigma() {
        int size = left.rows();
        Dense even = Dense.zeros(size, size).map(x -> 1);
        Dense odd = even;
        double[] beyond = new double[size];
        Arrays.fill(beyond, 1);
        Dense variance = fresh.getLast();
        for (int step = fresh.size() - 2; step >= 0; step--) {
            double[] values = singular.get(step);
            Dense symmetric = Dense.zeros(size, size);
            Dense other = Dense.zeros(size, size);
            for (int i = 0; i < size; i++) {
                beyond[i] *= slope(values[i], 0);
                for (int j = 0; j < size; j++) {
                    symmetric.values()[i * size + j] = slope(values[i], values[j]);
                    other.values()[i * size + j] = slope(values[i], -values[j]);
                }
            }
            even = even.with(symmetric, (one, two) -> one * two);
            odd = odd.with(other, (one, two) -> one * two);
            Dense factors = even.with(odd, (one, two) -> (one * one + two * two) / 2);
            variance = variance.plus(carried(fresh.get(step), factors, beyond));
        }
        return variance.map(Math::sqrt);
    }

    private Dense carried(Dense variances, Dense factors, double[] beyond) {
        Dense turned = left.transposed().times(variances);
        Dense inside = turned.times(right.transposed()).with(factors, (one, two) -> one * two);
        Dense back = left.times(inside).times(right);
        double all = 0;
        for (double part : outside.values()) {
            all += part;
        }
        if (all < 1e-9) {
            return back;
        }
        Dense rest = Dense.zeros(left.rows(), 1);
        for (int i = 0; i < rest.rows(); i++) {
            double sum = 0;
            for (int j = 0; j < variances.columns(); j++) {
                sum += turned.at(i, j) * outside.values()[j];
            }
            rest.values()[i] = sum / all * beyond[i] * beyond[i];
        }
        return back.plus(left.times(rest).times(outside));
    }

    /// What the result changes by when the start is multiplied by `1 + d`, over d.
    Dense scaleDerivative() {
        Dense derivative = iterates.getFirst();
        for (int step = 0; step < iterates.size() - 1; step++) {
            derivative = carriedOn(iterates.get(step), derivative);
        }
        return derivative;
    }

    /// A change of X through a step.
    private Dense carriedOn(Dense x, Dense change) {
        Dense gram = x.times(x.transposed());
        Dense moved = change.times(x.transposed());
        Dense gramChange = moved.plus(moved.transposed());
        Dense sum = gram.with(gram.times(gram), (one, two) -> b * one + c * two);
        Dense squareChange = gramChange.times(gram).plus(gram.times(gramChange));
        Dense sumChange = gramChange.with(squareChange, (one, two) -> b * one + c * two);
        return change.scaled(a).plus(sumChange.times(x)).plus(sum.times(change));
    }
}
