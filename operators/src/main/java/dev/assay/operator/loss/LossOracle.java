package dev.assay.operator.loss;

import dev.assay.numerics.Estimate;
import dev.assay.numerics.LineArithmetic;
import dev.assay.numerics.Parallel;
import dev.assay.numerics.RuleConstants;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.LineOracle;
import dev.assay.operator.Observed;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.loss.Loss.Reduced;
import dev.assay.tensor.Shape;
import org.jspecify.annotations.Nullable;

/// The losses of rows, each for itself or put together.
///
/// A sum of rows has the variances of its terms and its own; what the rows' errors have in common, such
/// as those of one rough function, adds up as it is.
final class LossOracle implements Oracle {
    private final Shape shape;
    private final Reduced reduced;
    private final Labels labels;
    private final LineArithmetic arithmetic;
    private final Rows rows;
    private volatile @Nullable Estimate whole;

    /// The loss of a row that counts, multiplied by its weight.
    @FunctionalInterface
    interface Rows {
        Estimate of(long row, int label);
    }

    /// @param shape of the loss
    LossOracle(Shape shape, Reduced reduced, Labels labels, LineArithmetic arithmetic, Rows rows) {
        this.shape = shape;
        this.reduced = reduced;
        this.labels = labels;
        this.arithmetic = arithmetic;
        this.rows = rows;
    }

    @Override
    public Shape shape(int output) {
        return shape;
    }

    @Override
    public long cluster(int output) {
        return 1;
    }

    @Override
    public void expect(int output, Region region, Observed device, ExpectedBlock into) {
        if (reduced != Reduced.NONE) {
            Estimate result = whole;
            if (result == null) {
                result = whole();
                whole = result;
            }
            LineOracle.put(result, into, 0);
            return;
        }
        Parallel.forEach(
                Math.toIntExact(region.elements()), i -> LineOracle.put(row(region.number(shape, i)), into, i));
    }

    private Estimate row(long row) {
        if (labels.isIgnored(row)) {
            return Estimate.exact(0);
        }
        return labels.isOpen(row)
                ? Estimate.exact(0).doubting(Estimate.OPEN)
                : rows.of(row, Math.toIntExact(labels.of(row)));
    }

    private Estimate whole() {
        int count = Math.toIntExact(labels.rows());
        Estimate[] all = new Estimate[count];
        Parallel.forEach(count, i -> all[i] = row(i));
        Estimate sum = sum(all, arithmetic, reduced == Reduced.MEAN);
        return reduced == Reduced.SUM ? sum : arithmetic.divided(sum, divisor(labels, arithmetic));
    }

    /// The sum of the weights of rows that count.
    static Estimate divisor(Labels labels, LineArithmetic arithmetic) {
        double[] weights = new double[Math.toIntExact(labels.rows())];
        double counted = 0;
        for (int row = 0; row < weights.length; row++) {
            boolean counts = !labels.isIgnored(row) && !labels.isOpen(row);
            weights[row] = counts ? labels.weight(row) : 0;
            counted += weights[row];
        }
        // Rows are counted in whole numbers.
        return labels.areWeighted() ? arithmetic.sum(weights) : Estimate.exact(counted);
    }

    /// @param divided whether each term may be divided before it is added
    private static Estimate sum(Estimate[] all, LineArithmetic arithmetic, boolean divided) {
        double[] terms = new double[all.length];
        double[] rests = new double[all.length];
        double variance = 0;
        double squares = 0;
        double certain = 0;
        double systematic = 0;
        int doubts = 0;
        for (int i = 0; i < all.length; i++) {
            terms[i] = all[i].number();
            rests[i] = all[i].value().lo();
            variance += all[i].sigma() * all[i].sigma();
            squares += terms[i] * terms[i];
            certain += all[i].certain();
            systematic += all[i].systematic();
            doubts |= all[i].doubts();
        }
        double own = divided ? arithmetic.unit() * Math.sqrt(squares) : 0;
        boolean exact = variance == 0 && certain == 0;
        double random = Math.hypot(Math.sqrt(variance), own);
        Estimate sum = arithmetic.sum(terms, rests, exact && !divided ? 0 : random);
        Estimate result = new Estimate(
                sum.value(),
                Math.hypot(sum.sigma(), systematic * RuleConstants.roundingRms()),
                sum.certain() + certain,
                systematic,
                sum.doubts() | doubts);
        return result;
    }
}
