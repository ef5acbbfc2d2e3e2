package dev.assay.operator.attention;

import dev.assay.numerics.Accumulation;
import dev.assay.numerics.Gemm;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.numerics.SummationGuard;
import dev.assay.operator.ExpectedBlock;
import java.util.Arrays;

/// Sums of products, added up block by block, with what a kernel's may err by: a row for each query or
/// key.
final class GradientSums {
    /// Rows and columns whose terms are looked at one by one.
    private static final int LOOKS = 3;

    private static final double SLACK = 1.5;

    private final int rows;
    private final int width;
    private final Accumulation sums;
    private final SummationGuard guard;
    private final double unit;
    private final double[] values;
    private final double[] lows;
    private final double[] variances;
    private final double[] terms;
    private final double[] certain;
    private final byte[] flags;
    private double[][] looked = new double[0][];

    /// @param sums whose terms these are
    /// @param unit rms error of rounding 1
    GradientSums(int rows, int width, Accumulation sums, SummationGuard guard, double unit) {
        this.rows = rows;
        this.width = width;
        this.sums = sums;
        this.guard = guard;
        this.unit = unit;
        this.values = new double[Math.multiplyExact(rows, width)];
        this.lows = new double[values.length];
        this.variances = new double[values.length];
        this.terms = new double[values.length];
        this.certain = new double[values.length];
        this.flags = new byte[values.length];
    }

    /// With the terms of some of the sums kept.
    ///
    /// @param count terms of a sum
    GradientSums over(int count) {
        if (!guard.spares(count)) {
            looked = new double[LOOKS * LOOKS][count];
        }
        return this;
    }

    int elements() {
        return values.length;
    }

    void set(int element, double value, double variance, double error) {
        values[element] = value;
        variances[element] = variance;
        certain[element] = error;
    }

    /// Replaces values by ones that f64 has not enough digits for.
    void setExactly(int element, double value, double low) {
        values[element] = value;
        lows[element] = low;
    }

    void mark(int element, boolean open, boolean doubtful) {
        flags[element] |= open ? ExpectedBlock.OR_NOT_FINITE : 0;
        flags[element] |= doubtful ? ExpectedBlock.GUARDED : 0;
    }

    void markAll(boolean open, boolean doubtful) {
        for (int i = 0; i < flags.length; i++) {
            mark(i, open, doubtful);
        }
    }

    /// Leaves a row open.
    void leaveOpen(int row) {
        for (int i = row * width; i < (row + 1) * width; i++) {
            flags[i] |= ExpectedBlock.ANY;
        }
    }

    private static Matrix squared(Matrix matrix) {
        return matrix.map((run, from, count) -> {
            for (int i = from; i < from + count; i++) {
                run[i] *= run[i];
            }
        });
    }

    private void product(double[] left, boolean squares, Matrix right, int depth, double[] into) {
        double[] part = new double[values.length];
        Matrix turned = Matrix.of(left, 0, rows).transposed();
        Gemm.multiply(squares ? squared(turned) : turned, right, rows, width, depth, part, 0, width);
        for (int i = 0; i < into.length; i++) {
            into[i] += part[i];
        }
    }

    /// Adds the products of a block.
    ///
    /// @param depth rows of the block, `rows` numbers each
    /// @param factors of the products, with their variances and their certain errors
    /// @param by what they are multiplied with, a row for each of the block
    void add(int columns, int depth, double[] factors, double[] ofFactors, double[] errors, Matrix by) {
        if (columns != rows) {
            throw new IllegalArgumentException(columns + " factors for " + rows + " sums");
        }
        product(factors, false, by, depth, values);
        product(factors, true, squared(by), depth, terms);
        product(ofFactors, false, squared(by), depth, variances);
        product(
                errors,
                false,
                by.map((run, from, count) -> {
                    for (int i = from; i < from + count; i++) {
                        run[i] = Math.abs(run[i]);
                    }
                }),
                depth,
                certain);
    }

    /// Keeps the terms of some sums.
    ///
    /// @param at number of the block's first term
    void look(int at, int depth, int columns, double[] factors, Matrix by) {
        double[] line = new double[width];
        for (int i = 0; looked.length > 0 && i < depth; i++) {
            by.row(i, 0, width, line, 0);
            for (int n = 0; n < looked.length; n++) {
                int row = (int) ((long) (n / LOOKS) * rows / LOOKS);
                int column = (int) ((long) (n % LOOKS) * width / LOOKS);
                looked[n][at + i] = factors[i * columns + row] * line[column];
            }
        }
    }

    /// Adds the errors of the sums themselves, where the terms were added up here.
    GradientSums finished() {
        double largest = 0;
        boolean doubtful = false;
        for (double[] sum : looked) {
            double y = Arrays.stream(sum).sum();
            double q = Arrays.stream(sum).map(t -> t * t).sum();
            double sigma = Math.sqrt(sums.variance(y, q));
            if (sigma > 0 && sigma <= Double.MAX_VALUE) {
                SummationGuard.Finding finding = guard.look(sum, sum.length, sigma);
                doubtful |= finding.doubtful();
                largest = Math.max(largest, finding.drift() / sigma);
            }
        }
        double drift = SLACK * largest;
        boolean guarded = doubtful;
        Parallel.forEach(rows, row -> {
            for (int i = row * width; i < (row + 1) * width; i++) {
                if (terms[i] == 0 && variances[i] == 0 && certain[i] == 0) {
                    // No query sees it, and nothing is added up.
                    continue;
                }
                double own = sums.variance(values[i], terms[i]);
                variances[i] += own + 2 * unit * unit * values[i] * values[i];
                certain[i] += sums.deterministic(values[i], terms[i]) + drift * Math.sqrt(own);
                mark(i, sums.mayOverflow(terms[i]), guarded);
            }
        });
        return this;
    }

    /// Multiplies all by a factor.
    GradientSums times(double factor) {
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
            lows[i] *= factor;
            variances[i] *= factor * factor;
            certain[i] *= Math.abs(factor);
        }
        return this;
    }

    /// Writes an element.
    ///
    /// @param systematic part of the value that may have one sign everywhere
    void write(int element, double systematic, ExpectedBlock into, int to) {
        into.values()[to] = values[element];
        if (lows[element] != 0) {
            into.lows()[to] = lows[element];
        }
        double sigma = Math.sqrt(variances[element]);
        if (sigma + certain[element] > 0 && sigma + certain[element] <= Double.MAX_VALUE) {
            into.allow(to, sigma, certain[element]);
            into.systematic()[to] = systematic * Math.abs(values[element]);
        } else if (!(sigma + certain[element] == 0)) {
            into.mark(to, ExpectedBlock.ANY);
        }
        if (flags[element] != 0) {
            into.mark(to, flags[element]);
        }
    }
}
