package dev.assay.operator.loss;

import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.operator.reduction.Exponentials;

/// A row of logits, its cross entropy with smoothed labels and z-loss, and the gradient of that.
///
/// Kernels take the smoothed part as `s (lse - mean x)`, as a sum of logarithms of probabilities, or as
/// part of a sum over the logits; the errors of all of them count. The factors `1 - s`, `s / V` and `z`
/// are constants that a kernel rounds to its working type.
final class SmoothedRow {
    private final double[] x;
    private final double smoothing;
    private final double z;
    private final LineArithmetic arithmetic;
    private final double unit;
    /// What rounding a constant may do, relative.
    private final double constant;

    private final Exponentials exponentials;
    private final Estimate lse;

    SmoothedRow(double[] x, double smoothing, double z, LineArithmetic arithmetic) {
        this.x = x;
        this.smoothing = smoothing;
        this.z = z;
        this.arithmetic = arithmetic;
        this.unit = arithmetic.unit();
        this.constant = arithmetic.working().unitRoundoff();
        this.exponentials = new Exponentials(x, arithmetic);
        this.lse = exponentials.logarithm();
    }

    Estimate loss(int label) {
        Estimate plain = Terms.negated(exponentials.logProbability(label));
        if (!Double.isFinite(plain.number()) || (smoothing == 0 && z == 0)) {
            return plain;
        }
        double kept = 1 - smoothing;
        DoubleDouble value = smoothing == 1 ? DoubleDouble.ZERO : plain.value().times(DoubleDouble.sum(1, -smoothing));
        double sigma = Math.hypot(plain.sigma(), unit * kept * plain.number());
        double certain = plain.certain() + (smoothing > 0 ? constant * kept * Math.abs(plain.number()) : 0);
        int doubts = plain.doubts() | lse.doubts();
        if (smoothing > 0) {
            Estimate all = apart();
            double share = smoothing / x.length;
            value = value.plus(all.value().times(smoothing).dividedBy(DoubleDouble.of(x.length)));
            double part = share * Math.abs(all.number());
            sigma = Math.hypot(sigma, Math.hypot(share * all.sigma(), 2 * unit * part));
            certain += share * all.certain() + 2 * constant * part;
            doubts |= all.doubts();
        }
        if (z > 0) {
            DoubleDouble square = lse.value().times(lse.value());
            value = value.plus(square.times(z));
            double part = z * square.hi();
            double slope = 2 * z * Math.abs(lse.number());
            double off = lse.certain() + arithmetic.lambda() * lse.sigma();
            sigma = Math.hypot(sigma, Math.hypot(slope * lse.sigma(), 2 * unit * part));
            certain += slope * lse.certain() + z * off * off + constant * part;
        }
        if (!Double.isFinite(value.hi())) {
            return new Estimate(value, 0, 0, 0, doubts);
        }
        sigma = Math.hypot(sigma, 2 * unit * value.hi());
        double systematic = plain.systematic() + 2 * z * Math.abs(lse.number()) * lse.systematic();
        return new Estimate(value, sigma, certain, systematic, doubts);
    }

    /// The sum of all negative logarithms of probabilities: `Σ (lse - x)`.
    private Estimate apart() {
        double[] terms = new double[x.length];
        double[] rests = new double[x.length];
        double squares = 0;
        for (int i = 0; i < x.length; i++) {
            DoubleDouble term = lse.value().plus(-x[i]);
            terms[i] = term.hi();
            rests[i] = Double.isFinite(term.hi()) ? term.lo() : 0;
            squares += term.hi() * term.hi();
        }
        double rounded = unit * Math.sqrt(squares);
        Estimate sum = arithmetic.sum(terms, rests, Math.hypot(rounded, x.length * lse.sigma()));
        // The logits themselves may be added up instead, and taken from a multiple of lse.
        Estimate logits = arithmetic.sum(x);
        double multiple = unit * x.length * Math.abs(lse.number());
        return new Estimate(
                sum.value(),
                Math.hypot(sum.sigma(), Math.hypot(logits.sigma(), multiple)),
                sum.certain() + logits.certain() + x.length * lse.certain(),
                0,
                sum.doubts() | logits.doubts());
    }

    /// The derivative of the loss with respect to a logit: `(1 + 2 z lse) p - (1 - s) 1[t] - s / V`.
    ///
    /// The probability is `exp(x - max) / Σ` or `exp(x - lse)`.
    Estimate derivative(int i, int label) {
        if (!exponentials.isDefined()) {
            return Estimate.exact(Double.NaN);
        }
        Estimate sum = exponentials.sum();
        DoubleDouble p = exponentials.value(i).dividedBy(sum.value());
        double size = p.hi();
        double distance = Math.max(-1e4, x[i] - exponentials.largest());
        double fromLse = Math.max(-1e4, x[i] - lse.number());
        double divided = arithmetic.function(arithmetic.contract().divideUlps());
        double ofLse = Math.hypot(lse.sigma(), unit * Math.max(Math.abs(fromLse), Math.abs(distance)));
        double ofSum = sum.sigma() / sum.number();
        double relative = Math.hypot(Math.hypot(exponentials.relative(i), ofLse), Math.hypot(divided, ofSum));
        double relativeCertain = exponentials.fused() + Math.max(lse.certain(), sum.certain() / sum.number());

        DoubleDouble factor = lse.value().times(2 * z).plus(1);
        double ofFactor = z == 0 ? 0 : Math.hypot(2 * z * lse.sigma(), 2 * unit * (1 + 2 * z * Math.abs(lse.number())));
        double factorCertain = 2 * z * (lse.certain() + constant * Math.abs(lse.number()));
        double scaled = Math.abs(factor.hi()) * size;

        DoubleDouble kept = i == label ? DoubleDouble.sum(1, -smoothing) : DoubleDouble.ZERO;
        DoubleDouble share = DoubleDouble.of(smoothing).dividedBy(DoubleDouble.of(x.length));
        DoubleDouble first = p.times(factor);
        DoubleDouble value = first.minus(kept).minus(share);

        double sigma = Math.hypot(scaled * Math.hypot(relative, z == 0 ? 0 : unit), size * ofFactor);
        if (i == label || smoothing > 0) {
            // Two differences in any order.
            double between = Math.max(
                    Math.abs(first.minus(kept).hi()),
                    Math.abs(first.minus(share).hi()));
            sigma = Math.hypot(sigma, unit * Math.hypot(value.hi(), smoothing > 0 ? between : 0));
        }
        double certain = scaled * relativeCertain
                + size * factorCertain
                + (smoothing > 0 ? constant * (kept.hi() + 2 * share.hi()) : 0)
                + (size == 0 && x[i] == Double.NEGATIVE_INFINITY ? 0 : 2 * arithmetic.quantum());
        double systematic = scaled * (exponentials.systematic() + lse.systematic());
        return new Estimate(value, sigma, certain, systematic, sum.doubts() | lse.doubts());
    }
}
