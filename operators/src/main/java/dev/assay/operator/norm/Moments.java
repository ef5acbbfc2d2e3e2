package dev.assay.operator.norm;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.backend.ComputeContract.Variance;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.RuleConstants;
import dev.assay.numerics.SummationGuard;
import dev.assay.operator.ExpectedBlock;
import dev.assay.tensor.DType;
import java.util.function.IntToDoubleFunction;

/// Mean and deviation of lines, how far a kernel's may be from them, and what this does to normalised elements.
final class Moments {
    private final int length;
    private final double epsilon;
    private final ComputeContract contract;
    private final boolean exact;
    private final DType working;
    private final double unit;
    private final double inputUnit;
    /// Relative error of the reciprocal square root, or of a square root and a division.
    private final double functionError;
    private final double lambda;
    private final double largest;
    private final Accumulation sums;
    private final SummationGuard guard;

    /// @param input type of the elements
    /// @param stage type to which they are converted first
    /// @param epsilon added to the variance
    /// @param elements of the output
    Moments(ComputeContract contract, DType input, DType stage, int length, double epsilon, long elements) {
        this.length = length;
        this.epsilon = epsilon;
        this.contract = contract;
        this.exact = stage == DType.F64;
        this.working = contract.accumulatorType(stage);
        this.unit = RuleConstants.roundingRms() * working.unitRoundoff();
        this.inputUnit = stage == input ? 0 : RuleConstants.roundingRms() * stage.unitRoundoff();
        this.functionError = 2 * contract.rsqrtUlps() * unit;
        this.lambda = RuleConstants.lambda(elements);
        this.largest = working.maxFinite();
        this.sums = new Accumulation(contract, stage, length);
        this.guard = new SummationGuard(contract, stage);
    }

    /// Relative rms error of the function that makes the inverse deviation.
    double functionError() {
        return functionError;
    }

    double unit() {
        return unit;
    }

    /// The statistics of a line, which is kept.
    Row of(double[] values) {
        return new Row(values);
    }

    /// Mean and inverse deviation of a row, and how far a device's may be from them.
    final class Row {
        final double[] values;
        double mean;
        double meanLow;
        double inverse;
        double inverseLow;
        /// Variance and deterministic error of the mean.
        double meanVariance;

        double meanError;
        /// The same of the inverse deviation, relative to it.
        double inverseVariance;

        double inverseError;
        /// The biased variance, with the variance and the deterministic error of what a kernel computes of it.
        double variance;

        double varianceLow;
        double varianceVariance;
        double varianceError;
        boolean finite = true;
        boolean open;
        /// Whether the errors of its sums are not independent.
        boolean guarded;
        /// Whether its sum may be infinite in the type in which it is kept.
        boolean overflows;
        /// Whether the deviation is 0, and what is divided by it undefined.
        boolean undefined;

        private Row(double[] values) {
            this.values = values;
            statistics();
            errors();
        }

        private void statistics() {
            double sum = 0;
            for (double value : values) {
                sum += value;
            }
            finite = Double.isFinite(sum);
            if (!finite) {
                mean = sum / length;
                inverse = Double.NaN;
                return;
            }
            if (exact) {
                exactStatistics();
                return;
            }
            mean = sum / length;
            if (!finite) {
                inverse = Double.NaN;
                return;
            }
            double squares = 0;
            double rest = 0;
            for (double value : values) {
                squares += (value - mean) * (value - mean);
                rest += value - mean;
            }
            // What is left of the sum corrects the mean's own rounding.
            mean += rest / length;
            variance = squares / length;
            inverse = 1 / Math.sqrt(squares / length + epsilon);
        }

        private void exactStatistics() {
            DoubleDouble sum = DoubleDouble.ZERO;
            for (double value : values) {
                sum = sum.plus(value);
            }
            DoubleDouble centre = sum.dividedBy(DoubleDouble.of(length));
            DoubleDouble squares = DoubleDouble.ZERO;
            for (double value : values) {
                DoubleDouble distance = DoubleDouble.of(value).minus(centre);
                squares = squares.plus(distance.times(distance));
            }
            DoubleDouble spread = squares.dividedBy(DoubleDouble.of(length));
            DoubleDouble reciprocal =
                    DoubleDouble.ONE.dividedBy(spread.plus(epsilon).sqrt());
            variance = spread.hi();
            varianceLow = spread.lo();
            mean = centre.hi();
            meanLow = centre.lo();
            inverse = reciprocal.hi();
            inverseLow = reciprocal.lo();
        }

        private void errors() {
            double sum = 0;
            double absolute = 0;
            double squares = 0;
            double centred = 0;
            double third = 0;
            double fourth = 0;
            for (double value : values) {
                double square = (value - mean) * (value - mean);
                third += square * (value - mean);
                sum += value;
                absolute += Math.abs(value);
                squares += value * value;
                centred += square;
                fourth += square * square;
            }
            // Statistics that leave the working type's range make any result legitimate.
            open = finite && (absolute > largest / 2 || centred > largest / 2);
            // Without epsilon, a constant row is 0/0 or not by the last bit of its mean.
            undefined = finite && centred / length + epsilon == 0;
            stored(absolute, centred / length);
            boolean shifts = contract.variance() == Variance.SHIFTED;
            double origin = shifts ? values[0] : 0;
            // What is subtracted lies as far from the mean as the first element, or as elements usually do.
            double apart = length == 0 ? 0 : Math.max(Math.abs(mean - values[0]), Math.sqrt(centred / length));
            double shiftedSquares = centred + length * square(apart);
            double shiftedFourth =
                    fourth + 4 * apart * Math.abs(third) + 6 * square(apart) * centred + length * square(square(apart));
            meanErrors(origin, shifts ? length * apart : sum, shifts ? shiftedSquares : squares, squares);
            inverseErrors(centred, fourth, apart, shiftedSquares, shiftedFourth);
        }

        /// @param origin what is subtracted from the row before it is added up
        /// @param sum of what is added up
        /// @param termSquares of what is added up
        /// @param squares of the row itself
        private void meanErrors(double origin, double sum, double termSquares, double squares) {
            double sumVariance = sums.variance(sum, termSquares) + inputUnit * inputUnit * squares;
            double sumError = sums.deterministic(sum, termSquares) + drift(k -> values[k] - origin, sumVariance);
            double worst = sums.worstCase(termSquares);
            if (inputUnit == 0 && worst < sumError + lambda * Math.sqrt(sumVariance)) {
                sumVariance = 0;
                sumError = worst;
            }
            double stored = storedUnit();
            meanVariance =
                    sumVariance / ((double) length * length) + square((unit + stored) * mean) + square(storedTiny());
            meanError = sumError / length;
        }

        /// @param apart distance of the mean from what is subtracted
        private void inverseErrors(
                double centred, double fourth, double apart, double shiftedSquares, double shiftedFourth) {
            double spread = centred / length;
            double shrink = spread / (spread + epsilon);
            double relative = 0;
            double coherent = 0;
            if (centred > 0) {
                // The sum of squares, each distance rounded once; and, to first order, the mean's error.
                double sumVariance = sums.variance(centred, fourth);
                relative = sumVariance / (centred * centred)
                        + 4 * unit * unit * fourth / (centred * centred)
                        + 4 * meanVariance / spread;
                if (contract.variance() == Variance.SHIFTED) {
                    // The square of that distance is taken away again.
                    relative += sums.variance(shiftedSquares, shiftedFourth) / (centred * centred)
                            + square(apart * apart / spread * 2 * unit) * (length / 3.0 + 1);
                }
                double drift = drift(k -> square(values[k] - mean), sumVariance);
                coherent = (sums.deterministic(centred, fourth) + drift) / centred + 2 * meanError / Math.sqrt(spread);
            }
            // Absolute: a constant row's spread is not 0 then, but what its squares were rounded by.
            double naive = contract.variance() == Variance.NAIVE
                    ? square(mean * mean * 2 * unit / (spread + epsilon)) * (length / 3.0 + 1)
                    : 0;
            double stored = storedUnit();
            inverseVariance = (relative * shrink * shrink + naive + unit * unit) / 4
                    + functionError * functionError
                    + stored * stored
                    // The spread, of which it is the root, is kept in that type too.
                    + (stored * stored + square(storedTiny() / (spread + epsilon))) / 4;
            double meanOff = meanError + lambda * Math.sqrt(meanVariance);
            varianceVariance = relative * spread * spread
                    + naive * square(spread + epsilon)
                    + square((unit + stored) * spread)
                    + square(storedTiny());
            varianceError = coherent * spread + meanOff * meanOff;
            inverseError = coherent * shrink / 2 + meanOff * meanOff / (2 * (spread + epsilon));
        }

        /// What the errors of a sum have in common; 0 where they average out.
        private double drift(IntToDoubleFunction term, double variance) {
            if (guard.spares(length)) {
                return 0;
            }
            double[] terms = new double[length];
            for (int k = 0; k < length; k++) {
                terms[k] = working.round(term.applyAsDouble(k));
            }
            SummationGuard.Finding finding = guard.look(terms, length, Math.sqrt(variance));
            guarded |= finding.doubtful();
            return finding.drift();
        }

        /// Statistics that leave the range of the type in which they are kept.
        private void stored(double absolute, double variance) {
            if (finite && contract.statistics() instanceof Stored.As(DType type)) {
                double limit = type.maxFinite() / 2;
                overflows = absolute > limit;
                // An infinite variance gives finite results, if useless ones.
                open |= variance > limit || Math.abs(mean) > limit || inverse > limit;
            }
        }

        private double storedUnit() {
            return contract.statistics() instanceof Stored.As(DType type)
                    ? RuleConstants.roundingRms() * type.unitRoundoff()
                    : 0;
        }

        /// Rms of what is lost of a statistic below the normal numbers: uniform over the smallest number.
        private double storedTiny() {
            return contract.statistics() instanceof Stored.As(DType type) ? type.minSubnormal() / Math.sqrt(12) : 0;
        }
    }

    /// Writes the expectation of one element, weighted and shifted.
    void normalised(Row row, int k, double scale, double bias, ExpectedBlock into, int to) {
        if (!row.finite) {
            into.values()[to] = Double.NaN;
            return;
        }
        if (row.open || row.undefined) {
            into.flags()[to] |= ExpectedBlock.ANY;
        }
        if (row.overflows) {
            into.flags()[to] |= ExpectedBlock.OR_NOT_FINITE;
        }
        if (row.guarded) {
            into.flags()[to] |= ExpectedBlock.GUARDED;
        }
        double distance = (row.values[k] - row.mean) - row.meanLow;
        double unitNormal = distance * row.inverse;
        double y = scale * unitNormal + bias;
        into.values()[to] = y;
        if (exact) {
            exactly(row, k, scale, bias, into, to);
        }
        if (!Double.isFinite(y)) {
            return;
        }
        double kept = contract.normalized() instanceof Stored.As(DType type) ? square(type.ulp(unitNormal)) / 12 : 0;
        double beforeScale = square(row.inverse) * row.meanVariance
                + square(unitNormal) * (row.inverseVariance + 2 * unit * unit)
                + square(inputUnit * row.values[k] * row.inverse)
                + kept;
        into.sigmas()[to] = Math.sqrt(square(scale) * beforeScale
                + square(unit * scale * unitNormal)
                + square(inputUnit * scale * unitNormal)
                + square(unit * y));
        into.deterministic()[to] =
                Math.abs(scale) * (row.inverse * row.meanError + Math.abs(unitNormal) * row.inverseError);
        into.systematic()[to] = Math.abs(scale * unitNormal) * functionError / RuleConstants.roundingRms();
    }

    private static void exactly(Row row, int k, double scale, double bias, ExpectedBlock into, int to) {
        DoubleDouble distance = DoubleDouble.of(row.values[k]).minus(new DoubleDouble(row.mean, row.meanLow));
        DoubleDouble y = distance.times(new DoubleDouble(row.inverse, row.inverseLow))
                .times(scale)
                .plus(bias);
        into.values()[to] = y.hi();
        into.lows()[to] = y.lo();
    }

    private static double square(double value) {
        return value * value;
    }
}
