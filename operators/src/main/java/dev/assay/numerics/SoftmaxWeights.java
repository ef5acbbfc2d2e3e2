package dev.assay.numerics;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.tensor.DType;
import java.util.Arrays;

/// The numerators and the sum of one row's softmax, `exp(x - max)`, with bounds of what a kernel's may err by.
///
/// For what is chosen by its probability, where each single one must be bounded: no error is taken to average out but
/// those of the sum.
public final class SoftmaxWeights {
    private final WorkingArithmetic arithmetic;
    private final double[] values;
    private final double[] errors;
    private final boolean defined;
    private final double sum;
    private final double sumError;

    public SoftmaxWeights(ComputeContract contract, DType input, double[] scores) {
        this.arithmetic = new WorkingArithmetic(contract, input);
        this.values = new double[scores.length];
        this.errors = new double[scores.length];
        double largest = Double.NEGATIVE_INFINITY;
        boolean numbers = true;
        for (double score : scores) {
            numbers &= !Double.isNaN(score) && score < Double.POSITIVE_INFINITY;
            largest = Math.max(largest, score);
        }
        this.defined = numbers && largest > Double.NEGATIVE_INFINITY;
        if (!defined) {
            this.sum = Double.NaN;
            this.sumError = 0;
            return;
        }
        Approx top = arithmetic.of(largest);
        double total = 0;
        double squares = 0;
        double moved = 0;
        for (int i = 0; i < scores.length; i++) {
            if (scores[i] == Double.NEGATIVE_INFINITY) {
                continue;
            }
            Approx weight = arithmetic.of(scores[i]).minus(top).exp();
            values[i] = weight.value();
            // An exponential may be a power of two: the factor log2 e is rounded, and so is the product with it.
            double distance = Math.max(largest - scores[i], 0);
            errors[i] = weight.error() + weight.value() * 2 * arithmetic.type().unitRoundoff() * distance;
            if (contract.fusedExponent()) {
                // The product with log2 e is rounded at the size of the scores, not at that of their distance.
                double size = Math.max(Math.abs(scores[i]), Math.abs(largest));
                errors[i] += weight.value() * 2 * arithmetic.type().unitRoundoff() * size;
            }
            total += values[i];
            squares += values[i] * values[i];
            moved += errors[i];
        }
        this.sum = total;
        this.sumError = moved + accumulated(contract, input, total, squares);
    }

    /// What the additions may err by, in whatever order.
    private double accumulated(ComputeContract contract, DType input, double total, double squares) {
        Accumulation sums = new Accumulation(contract, input, values.length);
        SummationGuard guard = new SummationGuard(contract, input);
        double sigma = Math.sqrt(sums.variance(total, squares));
        double certain = sums.deterministic(total, squares);
        if (!guard.spares(values.length)) {
            certain += guard.look(Arrays.copyOf(values, values.length), values.length, sigma)
                    .drift();
        }
        double usual = certain + RuleConstants.lambda(values.length) * sigma;
        double error = Math.min(usual, sums.worstCase(squares));
        return error
                + (contract.statistics() instanceof Stored.As(DType kept)
                        ? kept.unitRoundoff() * total + kept.minSubnormal()
                        : 0);
    }

    /// False where a score is NaN or infinite, or all are minus infinity: then there are no probabilities.
    public boolean isDefined() {
        return defined;
    }

    public WorkingArithmetic arithmetic() {
        return arithmetic;
    }

    /// `exp(x - max)` of a score.
    public double value(int i) {
        return values[i];
    }

    /// Bound of the error of [#value] in a kernel.
    public double error(int i) {
        return errors[i];
    }

    public Approx numerator(int i) {
        return arithmetic.within(values[i], errors[i]);
    }

    public double sum() {
        return sum;
    }

    /// Bound of the error of [#sum] in a kernel.
    public double sumError() {
        return sumError;
    }

    public Approx denominator() {
        return arithmetic.within(sum, sumError);
    }

    /// The probability of a score.
    public Approx probability(int i) {
        return numerator(i).dividedBy(denominator());
    }
}
