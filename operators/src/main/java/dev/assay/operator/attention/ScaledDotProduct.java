package dev.assay.operator.attention;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.DoubleDouble;
import dev.assay.numerics.Gemm;
import dev.assay.numerics.InputRoundings;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.numerics.RuleConstants;
import dev.assay.numerics.SummationGuard;
import dev.assay.numerics.SummationGuard.Finding;
import dev.assay.operator.ExpectedBlock;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Expected values and errors of `softmax(cap(scale · q kᵀ) + bias) · v` for some queries of one head;
/// the attention
/// operators share it.
///
/// The error model follows the roundings that any implementation makes, step by step. With δ the
/// relative error of an
/// unnormalised probability, u the working type's unit roundoff and c u |x| the rms error of one
/// rounding:
///
/// ```
/// Var s  = scale² · (error of the sum of products) + 2 (c u s)²   [+ ulp²/12 where scores are stored]
/// Var δ  = Var s + (c u (s - max))² + (c 2u f_exp)²
/// Var o  = Σ p² (v - o)² Var δ  +  Σ ulp²/12 (v² + o²) / l²  [where probabilities are stored]
///        + (error of the sum of p v)  +  o² (error of l, of the division, of rescaling)
/// ```
///
/// Errors of the maximum cancel between numerator and denominator. Masked keys take no part: the
/// expected value ignores
/// a NaN or infinity there, but a kernel that multiplies it by a zero probability is not accused.
final class ScaledDotProduct {
    /// What is asked for.
    enum Stage {
        /// `scale · q kᵀ`
        SCORES,
        /// after the cap
        CAPPED,
        /// after the bias
        BIASED,
        /// after the softmax
        PROBABILITIES,
        /// the result
        RESULT,
        /// logarithm of the sum of the exponentials of all scores, one to a query
        LOG_SUM_EXP
    }

    /// Additive bias of a query over all keys; negative infinity masks a key.
    @FunctionalInterface
    interface Bias {
        void row(int query, double[] into);
    }

    /// In units of c u: two ulps off.
    private static final double EXPONENTIAL_OFF = 9;

    private static final int COLUMNS = 4;
    private static final double COLUMN_SLACK = 1.5;

    /// Below this a probability may be zero in the working type.
    private static final double VANISHING = 0x1p-100;

    private final ComputeContract contract;
    private final DType input;
    private final double scale;
    private final double cap;
    private final int size;
    private final Accumulation scoreSums;
    private final double unit;
    private final double relativeExp;
    private final double capError;
    /// What underflow takes from an exponential.
    private final double smallest;
    private final double vanishing;
    private final SummationGuard guard;
    private final boolean dequantised;
    private final boolean computedBias;

    /// For keys and values as they are stored, and a bias that is given.
    ///
    /// @param input dtype of queries, keys and values
    /// @param scale factor on the products
    /// @param cap soft cap of the scores; 0 for none
    /// @param size head size d: terms of a score
    ScaledDotProduct(ComputeContract contract, DType input, double scale, double cap, int size) {
        this(contract, input, scale, cap, size, false, false);
    }

    /// @param dequantised whether a kernel may round keys and values once before it multiplies them
    /// @param computedBias whether a bias is itself a rounded product
    ScaledDotProduct(
            ComputeContract contract,
            DType input,
            double scale,
            double cap,
            int size,
            boolean dequantised,
            boolean computedBias) {
        this.dequantised = dequantised;
        this.computedBias = computedBias;
        this.contract = contract;
        this.input = input;
        this.scale = scale;
        this.cap = cap;
        this.size = size;
        this.scoreSums = new Accumulation(contract, input, size);
        DType working = contract.accumulatorType(input);
        this.unit = RuleConstants.roundingRms() * working.unitRoundoff();
        this.relativeExp = 2 * contract.expUlps() * unit;
        this.capError = 2 * contract.tanhUlps() * unit;
        this.smallest = contract.flushesOutputs() ? working.minNormal() : working.minSubnormal();
        this.vanishing = contract.probabilities() instanceof Stored.As(DType type)
                ? Math.max(VANISHING, type.minSubnormal())
                : VANISHING;
        this.guard = new SummationGuard(contract, input);
    }

    /// One block under way: `queries` rows of `keys` scores.
    static final class Block {
        final int queries;
        final int keys;
        /// The stage's value: scores, then exponentials, then probabilities. Masked keys hold their
        /// score until
        /// BIASED.
        final double[] s;
        /// Variance of the score, absolute; from the softmax on, relative variance of the probability.
        final double[] variance;

        final double[] bias;
        /// Variance of the rounding of a stored probability.
        final double[] rounding;
        /// Deterministic error of the scores of a query.
        final double[] scoreError;
        /// Largest size of a score of a query, for exponents that are fused with the maximum.
        final double[] scoreSize;

        final double[] sumVariance;
        /// Largest score of a query.
        final double[] largest;
        /// Sum of the exponentials of a query.
        final double[] sum;
        /// Relative drift of that sum, where the errors of its additions are not independent.
        final double[] sumDrift;
        /// Whether they may not be, and whether the statistics of errors must do without the query.
        final boolean[] suspected;

        final boolean[] doubtful;
        final boolean[] empty;
        /// A query some of whose scores are not finite: its softmax has no unique legitimate value.
        final boolean[] open;
        /// Capped scores in units of the cap, and the variance of these; empty without a cap.
        final double[] tanh;

        final double[] tanhVariance;

        Block(int queries, int keys, boolean capped) {
            this.queries = queries;
            this.keys = keys;
            this.s = new double[queries * keys];
            this.variance = new double[queries * keys];
            this.bias = new double[queries * keys];
            this.rounding = new double[queries * keys];
            this.scoreError = new double[queries];
            this.scoreSize = new double[queries];
            this.sumVariance = new double[queries];
            this.largest = new double[queries];
            this.sum = new double[queries];
            this.sumDrift = new double[queries];
            this.suspected = new boolean[queries];
            this.doubtful = new boolean[queries];
            this.empty = new boolean[queries];
            this.open = new boolean[queries];
            this.tanh = new double[capped ? queries * keys : 0];
            this.tanhVariance = new double[capped ? queries * keys : 0];
        }
    }

    /// Computes a block: `queries` by `columns` elements (keys, or the value's size for the result),
    /// row-major from
    /// `at`.
    void expect(
            Stage stage,
            Matrix q,
            Matrix k,
            Matrix v,
            int queries,
            int keys,
            int valueSize,
            Bias bias,
            ExpectedBlock into,
            int at) {
        Matrix left = InputRoundings.apply(contract, input, q);
        Matrix right = InputRoundings.apply(contract, input, k).transposed();
        Block block = scored(left, right, queries, keys, bias);
        if (stage != Stage.SCORES) {
            Parallel.forEach(queries, i -> capAndBias(block, i, stage == Stage.CAPPED));
        }
        if (stage.compareTo(Stage.BIASED) > 0) {
            Parallel.forEach(queries, i -> softmax(block, i));
        }
        if (stage == Stage.LOG_SUM_EXP) {
            Parallel.forEach(queries, i -> logSumExp(block, i, into, at + i));
        } else if (stage == Stage.RESULT) {
            result(block, InputRoundings.apply(contract, input, v), valueSize, into, at);
        } else {
            Parallel.forEach(queries, i -> store(block, stage, i, into, at + i * keys));
        }
        // Logarithms are returned in f32, for which f64 is exact enough.
        if (input == DType.F64 && stage != Stage.LOG_SUM_EXP) {
            Matrix values = InputRoundings.apply(contract, input, v);
            exactly(stage, block, left, right.transposed(), values, valueSize, into, at);
        }
    }

    /// The scores of some queries, and what is added to them.
    private Block scored(Matrix q, Matrix kT, int queries, int keys, Bias bias) {
        Block block = new Block(queries, keys, cap > 0);
        scores(block, q, kT);
        for (int i = 0; i < queries; i++) {
            double[] row = new double[keys];
            bias.row(i, row);
            System.arraycopy(row, 0, block.bias, i * keys, keys);
        }
        return block;
    }

    /// The probabilities of some queries, for who goes on from them.
    ///
    /// @param q rows of queries, as a device sees them
    /// @param k rows of keys, as a device sees them
    Block probabilities(Matrix q, Matrix k, int queries, int keys, Bias bias) {
        Block block = scored(q, k.transposed(), queries, keys, bias);
        Parallel.forEach(queries, i -> {
            capAndBias(block, i, false);
            softmax(block, i);
        });
        return block;
    }

    /// Variance of the logarithm of the sum of a query's exponentials, which recomputed probabilities
    /// have in common.
    double logVariance(Block block, int i) {
        double log = Math.log(block.sum[i]);
        double stored = contract.statistics() instanceof Stored.As(DType type)
                ? RuleConstants.roundingRms() * type.unitRoundoff()
                : 0;
        double variance = block.sumVariance[i]
                + (2 * square(unit) + square(stored)) * (square(block.largest[i] + log) + square(block.largest[i]))
                + square(2 * contract.functionUlps() * unit * log);
        for (int j = i * block.keys; j < (i + 1) * block.keys; j++) {
            variance += block.s[j] == 0 ? 0 : square(block.s[j]) * block.variance[j] + block.rounding[j];
        }
        return variance;
    }

    private void scores(Block block, Matrix q, Matrix kT) {
        int n = block.keys;
        Gemm.multiply(q, kT, block.queries, n, size, block.s, 0, n);
        double[] squares = new double[block.queries * n];
        Gemm.multiply(finiteSquares(q), finiteSquares(kT), block.queries, n, size, squares, 0, n);
        Parallel.forEach(block.queries, i -> {
            double error = 0;
            double largest = 0;
            for (int j = i * n; j < (i + 1) * n; j++) {
                double y = block.s[j];
                double variance = scoreSums.variance(Double.isFinite(y) ? y : 0, squares[j]) * scale * scale;
                block.s[j] = y * scale;
                block.open[i] |= scoreSums.mayOverflow(squares[j]) || scoreSums.mayOverflow(squares[j] * scale * scale);
                if (Double.isFinite(y)) {
                    error = Math.max(error, scoreSums.deterministic(y, squares[j]) * Math.abs(scale));
                    largest = Math.max(largest, Math.abs(block.s[j]));
                    // Scaling rounds once, or twice where both operands are scaled beforehand.
                    variance += 2 * square(unit * block.s[j]);
                    variance += dequantised ? square(unit * scale) * squares[j] : 0;
                }
                block.variance[j] = variance;
            }
            block.scoreError[i] = error;
            block.scoreSize[i] = largest;
        });
    }

    private static Matrix finiteSquares(Matrix matrix) {
        return matrix.map((run, from, count) -> {
            for (int i = from; i < from + count; i++) {
                run[i] = Double.isFinite(run[i]) ? run[i] * run[i] : 0;
            }
        });
    }

    private static double square(double x) {
        return x * x;
    }

    private void capAndBias(Block block, int i, boolean capOnly) {
        for (int j = i * block.keys; j < (i + 1) * block.keys; j++) {
            double s = block.s[j];
            if (cap > 0) {
                double t = Math.tanh(s / cap);
                double slope = 1 - t * t;
                // Flat at infinity, where the variance may be infinite too; none of NaN, which may be masked.
                double before = slope == 0 ? 0 : slope * slope * (block.variance[j] + square(unit * s));
                block.variance[j] = Double.isNaN(s) ? 0 : before + square(cap * capError) + square(unit * cap * t);
                block.tanh[j] = t;
                block.tanhVariance[j] = block.variance[j] / square(cap);
                s = cap * t;
            }
            if (!capOnly && block.bias[j] != 0) {
                s += block.bias[j];
                block.variance[j] += Double.isFinite(s) ? square(unit * s) : 0;
                // A factor may take in that of another base of the exponential, which rounds once more.
                block.variance[j] +=
                        computedBias && Double.isFinite(block.bias[j]) ? 2 * square(unit * block.bias[j]) : 0;
            }
            if (!capOnly && contract.scores() instanceof Stored.As(DType type) && Double.isFinite(s)) {
                block.variance[j] += square(type.ulp(s)) / 12;
                block.open[i] |= Math.abs(s) > type.maxFinite() / 2;
            }
            block.s[j] = s;
        }
    }

    private static boolean masked(double bias) {
        return bias == Double.NEGATIVE_INFINITY;
    }

    private void softmax(Block block, int i) {
        int from = i * block.keys;
        int to = from + block.keys;
        double max = Double.NEGATIVE_INFINITY;
        boolean anyVisible = false;
        for (int j = from; j < to; j++) {
            double s = block.s[j];
            if (masked(block.bias[j])) {
                // Adding minus infinity to NaN or plus infinity gives NaN, choosing does not: both are in use.
                block.open[i] |= Double.isNaN(s) || s == Double.POSITIVE_INFINITY;
                continue;
            }
            anyVisible = true;
            // A visible NaN or plus infinity makes all probabilities NaN.
            max = Math.max(max, s);
        }
        block.empty[i] = !anyVisible;
        block.largest[i] = max;
        // Only infinitely small scores: 0/0 or a row of zeros.
        block.open[i] |= anyVisible && max == Double.NEGATIVE_INFINITY;
        double sum = 0;
        double squares = 0;
        double largestVariance = 0;
        for (int j = from; j < to; j++) {
            double s = block.s[j];
            double e = masked(block.bias[j]) || block.empty[i] ? 0 : Math.exp(s - max);
            if (e > 0) {
                block.variance[j] += square(unit * (s - max)) + square(relativeExp);
            }
            if (e > NEGLIGIBLE) {
                largestVariance = Math.max(largestVariance, block.variance[j]);
            }
            block.s[j] = e;
            sum += e;
            squares += e * e;
        }
        if (block.empty[i]) {
            return;
        }
        Accumulation sums = new Accumulation(contract, input, block.keys);
        guard(block, i, sum, Math.sqrt(sums.variance(sum, squares)));
        block.doubtful[i] |= largestVariance > LINEAR;
        double stored = contract.statistics() instanceof Stored.As(DType type)
                ? RuleConstants.roundingRms() * type.unitRoundoff()
                : 0;
        block.sumVariance[i] = sums.variance(sum, squares) / (sum * sum)
                + square(2 * contract.divideUlps() * unit)
                + 2 * stored * stored;
        for (int j = from; j < to; j++) {
            double ulp = contract.probabilities() instanceof Stored.As(DType type) ? type.ulp(block.s[j]) : 0;
            double p = block.s[j] / sum;
            block.rounding[j] = square(ulp / sum) / 12;
            block.s[j] = p;
        }
    }

    /// Exponentials that count for nothing beside the largest, which is 1.
    private static final double NEGLIGIBLE = 0x1p-20;
    /// Variance of a score up to which exp(s + δ) is exp(s) (1 + δ) as far as statistics can tell.
    /// Beyond it (scores of
    /// 100 kept in bf16) its mean is larger by half the variance, which is no fault.
    private static final double LINEAR = 1e-3;

    /// The exponential of a score as it is added up and meets the values.
    private double kept(double exponential) {
        return contract.probabilities() instanceof Stored.As(DType type) ? type.round(exponential) : exponential;
    }

    /// Looks at the sum of a query's exponentials.
    private void guard(Block block, int i, double sum, double sigma) {
        block.sum[i] = sum;
        if (guard.spares(block.keys) || !(sum <= Double.MAX_VALUE) || !(sigma > 0)) {
            return;
        }
        double[] terms = Arrays.copyOfRange(block.s, i * block.keys, (i + 1) * block.keys);
        block.suspected[i] = guard.suspects(terms, terms.length, sigma);
        if (block.suspected[i]) {
            Finding finding = drift(terms, sigma);
            block.doubtful[i] = finding.doubtful();
            block.sumDrift[i] = finding.drift() / sum;
        }
    }

    /// Of terms as they are, rounded as they may be stored, and as an exponential may give them that
    /// is not quite
    /// exact:
    /// ones, for instance, add up exactly, and what is a little less than one does not.
    private Finding drift(double[] terms, double sigma) {
        Finding all = new Finding(false, 0);
        double[] changed = new double[terms.length];
        for (double factor : new double[] {1, 1 - EXPONENTIAL_OFF * unit, 1 + EXPONENTIAL_OFF * unit}) {
            Arrays.setAll(changed, j -> contract.accumulatorType(input).round(terms[j] * factor));
            Finding one = guard.look(changed, changed.length, sigma);
            all = new Finding(all.doubtful() || one.doubtful(), Math.max(all.drift(), one.drift()));
        }
        return all;
    }

    /// Drift in σ of the sums of a query's weighted values, from some columns.
    private Finding drift(Block block, int i, Matrix values, int columns, Accumulation sums) {
        if (!block.suspected[i]) {
            return new Finding(false, 0);
        }
        boolean doubtful = false;
        double largest = 0;
        double[] column = new double[block.keys];
        double[] terms = new double[block.keys];
        int looks = Math.min(COLUMNS, columns);
        for (int look = 0; look < 2 * looks; look++) {
            // A kernel divides by the sum at the end, or before.
            boolean divided = look >= looks;
            values.column((long) (look % looks) * columns / looks, 0, block.keys, column, 0);
            double y = 0;
            double q = 0;
            for (int j = 0; j < terms.length; j++) {
                double p = block.s[i * block.keys + j];
                terms[j] = column[j] * kept(divided ? p : p * block.sum[i]);
                y += terms[j];
                q += terms[j] * terms[j];
            }
            double sigma = Math.sqrt(sums.variance(y, q));
            if (sigma > 0 && sigma <= Double.MAX_VALUE) {
                Finding finding = drift(terms, sigma);
                doubtful |= finding.doubtful();
                largest = Math.max(largest, finding.drift() / sigma);
            }
        }
        // A column that was not looked at may drift farther than those that were.
        return new Finding(doubtful, COLUMN_SLACK * largest);
    }

    private void store(Block block, Stage stage, int i, ExpectedBlock into, int at) {
        double common = 0;
        for (int j = i * block.keys; stage == Stage.PROBABILITIES && j < (i + 1) * block.keys; j++) {
            common += square(block.s[j]) * block.variance[j] + block.rounding[j];
        }
        for (int j = 0; j < block.keys; j++) {
            int from = i * block.keys + j;
            double value = block.s[from];
            int to = at + j;
            if (stage != Stage.PROBABILITIES) {
                boolean hidden = stage == Stage.BIASED && masked(block.bias[from]);
                into.values()[to] = hidden ? Double.NEGATIVE_INFINITY : value;
                if ((hidden && Double.isNaN(value)) || block.open[i]) {
                    into.flags()[to] |= ExpectedBlock.OR_NOT_FINITE;
                }
                if (!hidden && Double.isFinite(value)) {
                    into.sigmas()[to] = Math.sqrt(block.variance[from]);
                    into.deterministic()[to] = block.scoreError[i];
                    into.systematic()[to] = stage == Stage.SCORES ? 0 : capShift();
                }
            } else if (block.empty[i]) {
                into.values()[to] = 0;
            } else {
                into.values()[to] = value;
                into.flags()[to] |= block.open[i] ? ExpectedBlock.OR_NOT_FINITE : 0;
                double relative = block.variance[from] + common + block.sumVariance[i];
                into.sigmas()[to] = Math.sqrt(value * value * relative + block.rounding[from]);
                // An exponential may underflow before it is divided by a sum of at least 1.
                into.deterministic()[to] = 2 * value * coherent(block, i) + value * block.sumDrift[i] + smallest;
                into.systematic()[to] = value * (functionShift() + 2 * capShift());
                into.flags()[to] |= block.doubtful[i] ? ExpectedBlock.GUARDED : 0;
            }
        }
    }

    /// `max + log(Σ exp(s - max))`, whose errors are those of the largest probabilities, absolute now,
    /// and of a
    /// logarithm, also of one to another base.
    private void logSumExp(Block block, int i, ExpectedBlock into, int at) {
        if (block.empty[i]) {
            // Which infinity, or whether NaN, differs between serving stacks.
            into.values()[at] = Double.NEGATIVE_INFINITY;
            into.flags()[at] |= ExpectedBlock.OR_NOT_FINITE;
            return;
        }
        double log = Math.log(block.sum[i]);
        double value = block.largest[i] + log;
        into.values()[at] = value;
        into.flags()[at] |= block.open[i] ? ExpectedBlock.OR_NOT_FINITE : 0;
        into.flags()[at] |= block.doubtful[i] ? ExpectedBlock.GUARDED : 0;
        if (!Double.isFinite(value)) {
            return;
        }
        into.sigmas()[at] = Math.sqrt(logVariance(block, i));
        into.deterministic()[at] = coherent(block, i) + block.sumDrift[i] + smallest;
        into.systematic()[at] = functionShift()
                + 2 * capShift()
                + 2 * contract.functionUlps() * unit * log / RuleConstants.roundingRms();
    }

    /// By how much exponential and division may shift all results of a query to one side, relative to
    /// them.
    double functionShift() {
        return (2 * relativeExp + 2 * contract.divideUlps() * unit) / RuleConstants.roundingRms();
    }

    /// By how much the hyperbolic tangent may shift all scores to one side.
    private double capShift() {
        return cap > 0 ? cap * capError / RuleConstants.roundingRms() : 0;
    }

    /// Relative error of a probability that does not average out over keys.
    double coherent(Block block, int i) {
        double fused = contract.fusedExponent() ? 2 * unit / RuleConstants.roundingRms() * block.scoreSize[i] : 0;
        return block.scoreError[i] + fused;
    }

    private void result(Block block, Matrix v, int valueSize, ExpectedBlock into, int at) {
        int n = block.keys;
        double[] values = new double[n * valueSize];
        List<int[]> notFinite = readValues(v, n, valueSize, values);
        Matrix finite = Matrix.of(values, 0, valueSize);
        Matrix squared = finiteSquares(finite);
        Matrix p = Matrix.of(block.s, 0, n);
        double[] o = new double[block.queries * valueSize];
        Gemm.multiply(p, finite, block.queries, valueSize, n, o, 0, valueSize);
        double[] own = new double[block.queries * n];
        Arrays.setAll(own, j -> square(block.s[j]) * block.variance[j]);
        // Σ w v², Σ w v and Σ w with w = p² Var δ give Σ w (v - o)²; the stored probabilities' error goes in with v².
        double[] withSquares = new double[block.queries * n];
        Arrays.setAll(withSquares, j -> own[j] + block.rounding[j]);
        double[] second = product(withSquares, squared, block.queries, n, valueSize);
        double[] first = product(own, finite, block.queries, n, valueSize);
        double[] termSquares = product(squares(block.s), squared, block.queries, n, valueSize);
        double[] meanSquares =
                coherentErrors() || cap > 0 ? product(block.s, squared, block.queries, n, valueSize) : new double[0];
        Accumulation sums = new Accumulation(contract, input, n);
        Parallel.forEach(block.queries, i -> {
            Finding finding = drift(block, i, finite, valueSize, sums);
            double weights = 0;
            double storedWeights = 0;
            for (int j = i * n; j < (i + 1) * n; j++) {
                weights += own[j];
                storedWeights += block.rounding[j];
            }
            for (int c = 0; c < valueSize; c++) {
                int from = i * valueSize + c;
                int to = at + from;
                double y = o[from];
                if (block.empty[i]) {
                    continue;
                }
                into.values()[to] = y;
                into.flags()[to] |=
                        block.open[i] || sums.mayOverflow(termSquares[from]) ? ExpectedBlock.OR_NOT_FINITE : 0;
                into.flags()[to] |= sums.saturates() && sums.mayOverflow(termSquares[from]) ? ExpectedBlock.ANY : 0;
                double variance = Math.max(0, second[from] - 2 * y * first[from] + y * y * (weights + storedWeights))
                        + sums.variance(y, termSquares[from])
                        + (dequantised ? square(unit) * termSquares[from] : 0)
                        + y * y * (block.sumVariance[i] + 2 * unit * unit + 4 * square(relativeExp));
                into.sigmas()[to] = Math.sqrt(variance);
                double error = sums.deterministic(y, termSquares[from])
                        + Math.abs(y) * block.sumDrift[i]
                        + finding.drift() * Math.sqrt(sums.variance(y, termSquares[from]));
                into.flags()[to] |= block.doubtful[i] || finding.doubtful() ? ExpectedBlock.GUARDED : 0;
                into.systematic()[to] = Math.abs(y) * functionShift();
                if (meanSquares.length > 0) {
                    // A coherent error of the scores moves the result by at most itself times the values' spread.
                    double spread = Math.sqrt(Math.max(0, meanSquares[from] - y * y));
                    into.systematic()[to] += capShift() * spread;
                    error += block.scoreError[i] * spread + Math.abs(y) * (coherent(block, i) - block.scoreError[i]);
                }
                into.deterministic()[to] = error;
            }
        });
        for (int[] element : notFinite) {
            spread(block, element[0], element[1], v, valueSize, into, at);
        }
    }

    private boolean coherentErrors() {
        return contract.fusedExponent()
                || contract.accumulatorRounding() != Rounding.NEAREST_EVEN
                || contract.accumulator() instanceof Accumulator.Aligned
                || contract.flushesOutputs();
    }

    /// Reads the values; those that are not finite are left out, and returned as (key, column).
    private static List<int[]> readValues(Matrix v, int keys, int valueSize, double[] into) {
        List<int[]> notFinite = new ArrayList<>();
        for (int j = 0; j < keys; j++) {
            v.row(j, 0, valueSize, into, j * valueSize);
            for (int c = 0; c < valueSize; c++) {
                if (!Double.isFinite(into[j * valueSize + c])) {
                    notFinite.add(new int[] {j, c});
                    into[j * valueSize + c] = 0;
                }
            }
        }
        return notFinite;
    }

    private static double[] product(double[] weights, Matrix values, int rows, int depth, int columns) {
        double[] result = new double[rows * columns];
        Gemm.multiply(Matrix.of(weights, 0, depth), values, rows, columns, depth, result, 0, columns);
        return result;
    }

    private static double[] squares(double[] values) {
        double[] squares = new double[values.length];
        Arrays.setAll(squares, j -> values[j] * values[j]);
        return squares;
    }

    /// Lets a value that is not finite reach the results of the queries that see it.
    private void spread(Block block, int key, int column, Matrix v, int valueSize, ExpectedBlock into, int at) {
        double[] value = new double[1];
        v.row(key, column, 1, value, 0);
        for (int i = 0; i < block.queries; i++) {
            double p = block.s[i * block.keys + key];
            int to = at + i * valueSize + column;
            if (p < vanishing) {
                into.flags()[to] |= ExpectedBlock.OR_NOT_FINITE;
            }
            if (p > 0) {
                into.values()[to] += p * value[0];
            }
        }
    }

    /// The values once more in about 100 bits, for inputs that are f64 themselves.
    ///
    /// `Math.exp` (1 ulp) and `Math.tanh` (2.5 ulp) are good enough for narrower types; here they
    /// would take a part
    /// of what a kernel is allowed. A masked NaN, which only flags an element, takes no part in its
    /// value.
    private void exactly(
            Stage stage, Block block, Matrix q, Matrix k, Matrix v, int valueSize, ExpectedBlock into, int at) {
        ExactAttention exact = new ExactAttention(scale, cap, size, block.keys, valueSize);
        Parallel.forEach(block.queries, i -> {
            int columns = stage == Stage.RESULT ? valueSize : block.keys;
            DoubleDouble[] row =
                    exact.row(stage, i, q, k, v, Arrays.copyOfRange(block.bias, i * block.keys, (i + 1) * block.keys));
            for (int c = 0; c < columns; c++) {
                int to = at + i * columns + c;
                if (Double.isFinite(into.values()[to]) && Double.isFinite(row[c].hi())) {
                    into.values()[to] = row[c].hi();
                    into.lows()[to] = row[c].lo();
                }
            }
        });
    }
}
