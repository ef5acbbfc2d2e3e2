package dev.assay.engine.judge;

import dev.assay.numerics.RuleConstants;
import dev.assay.operator.CheapOracle;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.Arrays;
import java.util.Optional;

/// Sums over an output with random signs: none may be off by more than λ standard deviations, and together they may
/// not scatter more than rounding explains.
///
/// The second question assumes rounding errors that are spread evenly over an ulp and know nothing of each other.
/// Where all values of a column or row lie within an ulp that is not so, of any kernel; the samples, rounded once,
/// tell.
final class Projected implements CheapOracle.Projections {
    /// How much larger than the model's the variance of a sum may be, by where in their binades the partial sums lie:
    /// 1.25 squared.
    private static final double MODEL_SLACK = 1.5625;
    /// Standard deviations that the mean of the squares may have.
    private static final double DEVIATIONS = 6;
    /// Mean square of a line's mean rounding error, relative to that of independent ones, up to which they are.
    private static final double INDEPENDENT = 2;

    private final String output;
    private final Shape shape;
    private final DType dtype;
    private final double lambda;

    private long count;
    private double squares;
    private double plainSquares;
    private double spread;
    private long wrong;
    private double worst;
    private double worstError;
    private String worstWhere = "";
    private final long[] lowest;
    private final long[] highest;

    private double roundingSquares;
    private double roundingModel;
    private boolean independent = true;

    Projected(String output, Shape shape, DType dtype, long projections) {
        this.output = output;
        this.shape = shape;
        this.dtype = dtype;
        this.lambda = RuleConstants.lambda(projections);
        this.lowest = new long[shape.rank()];
        this.highest = new long[shape.rank()];
        Arrays.fill(lowest, Long.MAX_VALUE);
        Arrays.fill(highest, -1);
    }

    /// Learns from expected values how a right kernel's roundings are spread.
    void learn(ExpectedBlock block, Region region) {
        int columns = region.rank() == 0 ? 1 : Math.toIntExact(region.size().dim(-1));
        int rows = block.elements() / columns;
        double[] alongRow = new double[rows];
        double[] alongColumn = new double[columns];
        int used = 0;
        for (int i = 0; i < block.elements(); i++) {
            double value = block.values()[i];
            double rounded = dtype.round(value);
            double ulp = dtype.ulp(value);
            if (Double.isFinite(rounded) && ulp > 0) {
                double error = (rounded - value) / ulp;
                roundingSquares += error * error;
                roundingModel += 1 / 12.0;
                alongRow[i / columns] += error;
                alongColumn[i % columns] += error;
                used++;
            }
        }
        double model = used / 12.0;
        double rowSum = Arrays.stream(alongRow).map(x -> x * x).sum();
        double columnSum = Arrays.stream(alongColumn).map(x -> x * x).sum();
        independent &= rowSum <= INDEPENDENT * model + 1 && columnSum <= INDEPENDENT * model + 1;
    }

    private double roundingFactor() {
        return roundingModel == 0 ? 1 : Math.max(1, roundingSquares / roundingModel);
    }

    @Override
    public void take(long first, int width, double error, double rounding, double accumulated, double certain) {
        double excess = Math.max(0, Math.abs(error) - certain);
        double variance = rounding + accumulated;
        double z = excess == 0 ? 0 : excess / Math.sqrt(variance);
        count++;
        if (excess > 0) {
            plainSquares += z * z;
            squares += excess * excess / (roundingFactor() * rounding + MODEL_SLACK * accumulated);
        }
        // The variance of a square is that of a normal deviate, and more where few errors are added up.
        spread += 2 + 1.6 / width;
        // Never `z > lambda`: NaN must land here.
        if (!(z <= lambda)) {
            wrong++;
            long[] from = shape.coordinates(first);
            long[] to = shape.coordinates(first + width - 1);
            for (int axis = 0; axis < from.length; axis++) {
                lowest[axis] = Math.min(lowest[axis], Math.min(from[axis], to[axis]));
                highest[axis] = Math.max(highest[axis], Math.max(from[axis], to[axis]));
            }
            if (!(z <= worst)) {
                worst = z;
                worstError = error;
                worstWhere = Words.box(output, from, to);
            }
        }
    }

    /// Root of the mean square of the sums' errors, in standard deviations; NaN if there are none.
    double rms() {
        return count == 0 ? Double.NaN : Math.sqrt(plainSquares / count);
    }

    long count() {
        return count;
    }

    /// What is wrong with them, in words.
    Optional<String> objection() {
        if (wrong > 0) {
            return Optional.of(wrong + " of " + count + " sums over " + output
                    + " with random signs are off by more than rounding explains, within "
                    + Words.box(output, lowest, highest) + "; worst " + worstWhere + ": off by "
                    + Words.rough(worstError) + ", " + Words.rough(worst) + " standard deviations");
        }
        double limit = count == 0 ? 1 : 1 + DEVIATIONS * Math.sqrt(spread / count / count);
        double mean = count == 0 ? 0 : squares / count;
        return independent && !(mean <= limit)
                ? Optional.of("the errors of " + count + " sums over " + output + " with random signs have "
                        + Words.rough(mean) + " times the variance that rounding explains, limit "
                        + Words.rough(limit))
                : Optional.empty();
    }
}
