package dev.assay.operator.attention;

import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.backend.ComputeContract.Rounding;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.numerics.Accumulation;
import dev.assay.numerics.Gemm;
import dev.assay.numerics.Matrix;
import dev.assay.numerics.Parallel;
import dev.assay.numerics.RuleConstants;
import dev.assay.numerics.SummationGuard;
import dev.assay.operator.attention.ScaledDotProduct.Block;
import dev.assay.tensor.DType;

/// Values and errors of the gradients of some queries of one head; those of keys and values are added
/// up over all
/// queries, and over all heads that share them.
///
/// With P the probabilities, O the result, μ what dropout leaves of a probability (0, or 1 / (1 -
/// ratio)):
///
/// ```
/// dP = μ (dY Vᵀ)      D = Σ dY O = Σ P dP      dS = P (dP - D) (1 - tanh²)
/// dQ = scale dS K     dK = scale dSᵀ Q         dV = (μ P)ᵀ dY
/// ```
///
/// The error model follows the roundings of kernels that recompute P from the scores and the logarithm
/// l of the sum of
/// their exponentials, and that have D from their own result, which is rounded to its type; kernels
/// that keep P, or
/// have D from P, round less. With δ the relative error of a probability and c u |x| the rms error of
/// one rounding:
///
/// ```
/// Var D  = Σ dY² (ulp_O²/12 + error of the sum of P V) + Σ P² (dP - D)² Var δ + (errors of both sums)
/// Var dS = (1 - tanh²)² (P² Var dP + P² (dP - D)² Var δ) + (error of the slope) + ulp²/12 [where dS
/// is stored]
/// Var dQ = scale² (Var dS · K² + (error of the sum) + (|P K| σ_D + |dS K| σ_l)²)
/// Var dK = scale² ((Var dS + (P σ_D + |dS| σ_l)²)ᵀ · Q² + (error of the sum))
/// Var dV = (μ² P² (Var δ + σ_l²) + ulp²/12 [where P is stored])ᵀ · dY² + (error of the sum)
/// ```
///
/// D and l err for all keys of a query alike, hence their place within the sum of a query's gradient.
/// Kernels of this
/// kind were measured against it: rms of errors in units of the model 0.99 to 1.02.
final class AttentionGradient {
    private static final int LOOKS = 2;
    private static final double SLACK = 1.5;

    private final ComputeContract contract;
    private final DType input;
    private final AttentionPlan plan;
    private final ScaledDotProduct product;
    private final double keep;
    private final double unit;
    private final double smallest;
    private final Accumulation overKeys;
    private final Accumulation overValues;
    private final Accumulation overQueries;
    private final SummationGuard guard;
    private final boolean coherent;
    private final Slip slip;

    /// What a kernel may forget, for readings of wrong results.
    enum Slip {
        NONE,
        /// D is left out.
        DELTA,
        /// The scale is missing in the gradient of the keys.
        KEY_SCALE,
        /// The slope of the cap is taken for 1.
        CAP_SLOPE,
        /// Keys and values have the gradient of the last head of a group alone.
        LAST_HEAD
    }

    /// What one head gives: queries as they are, and its part of the sums for keys and values.
    ///
    /// @param ratio part of the probabilities that dropout takes away
    AttentionGradient(ComputeContract contract, DType input, AttentionPlan plan, double ratio, Slip slip) {
        this.contract = contract;
        this.input = input;
        this.plan = plan;
        this.product = new ScaledDotProduct(contract, input, plan.scale(), plan.cap(), plan.d());
        this.keep = 1 / (1 - ratio);
        DType working = contract.accumulatorType(input);
        this.unit = RuleConstants.roundingRms() * working.unitRoundoff();
        this.smallest = contract.flushesOutputs() ? working.minNormal() : working.minSubnormal();
        this.overKeys = new Accumulation(contract, input, plan.keys());
        this.overValues = new Accumulation(contract, input, plan.e());
        this.overQueries = new Accumulation(contract, input, plan.s() * (plan.h() / plan.g()));
        this.guard = new SummationGuard(contract, input);
        this.coherent = contract.fusedExponent()
                || contract.accumulatorRounding() != Rounding.NEAREST_EVEN
                || contract.accumulator() instanceof Accumulator.Aligned;
        this.slip = slip;
    }

    /// Operands of some queries of one head, all finite.
    record Operands(Matrix q, Matrix k, Matrix v, Matrix dy, int queries, ScaledDotProduct.Bias bias) {}

    private static double square(double x) {
        return x * x;
    }

    private static double[] product(double[] left, Matrix right, int rows, int columns, int depth) {
        return product(Matrix.of(left, 0, depth), right, rows, columns, depth);
    }

    private static double[] product(Matrix left, Matrix right, int rows, int columns, int depth) {
        double[] result = new double[rows * columns];
        Gemm.multiply(left, right, rows, columns, depth, result, 0, columns);
        return result;
    }

    private static Matrix changed(Matrix matrix, java.util.function.DoubleUnaryOperator change) {
        return matrix.map((run, from, count) -> {
            for (int i = from; i < from + count; i++) {
                run[i] = change.applyAsDouble(run[i]);
            }
        });
    }

    private static Matrix squares(Matrix matrix) {
        return changed(matrix, AttentionGradient::square);
    }

    /// Variance of the rounding of a computed number before it is multiplied as an operand.
    private double stored(double value) {
        if (contract.probabilities() instanceof Stored.As(DType type)) {
            return square(type.ulp(value)) / 12;
        }
        boolean wide = input == DType.F32 || input == DType.F64;
        return wide && contract.inputs() != InputRounding.NONE ? square(operandUnit() * value) : 0;
    }

    private double operandUnit() {
        double truncated = contract.inputs() == InputRounding.TF32_TOWARD_ZERO ? 2 : 1;
        return contract.inputs() == InputRounding.NONE
                ? 0
                : truncated * Math.scalb(1.0, -contract.inputs().precision());
    }

    /// All arrays of one block of queries, row by row.
    private final class Work {
        final int n = plan.keys();
        final double[] kept;
        final double[] ds;
        final double[] variance;
        final double[] withCommon;
        final double[] slope;
        final double[] certain;
        final double[] weights;
        final double[] weightVariance;
        final double[] weightCertain;
        final double[] deltaSigma;
        final double[] logSigma;
        final boolean[] doubtful;
        final boolean[] open;

        Work(int queries, double[] kept) {
            int count = queries * n;
            this.kept = kept;
            this.ds = new double[count];
            this.variance = new double[count];
            this.withCommon = new double[count];
            this.slope = new double[count];
            this.certain = new double[count];
            this.weights = new double[count];
            this.weightVariance = new double[count];
            this.weightCertain = new double[count];
            this.deltaSigma = new double[queries];
            this.logSigma = new double[queries];
            this.doubtful = new boolean[queries];
            this.open = new boolean[queries];
        }
    }

    /// Works a block of queries out: their gradients, which are written from row `at` on, and what
    /// they add to those of
    /// keys and values.
    ///
    /// @param kept what dropout leaves of each probability, query by query; empty without dropout
    /// @param head number within the group, for sums that are looked at
    void add(Operands of, double[] kept, int head, int at, GradientSums toQ, GradientSums toK, GradientSums toV) {
        int n = plan.keys();
        int rows = of.queries();
        Block block = product.probabilities(of.q(), of.k(), rows, n, of.bias());
        Work work = new Work(rows, kept);
        double[] dp = product(of.dy(), of.v().transposed(), rows, n, plan.e());
        double[] dpSquares = product(squares(of.dy()), squares(of.v()).transposed(), rows, n, plan.e());
        for (int j = 0; j < work.weights.length; j++) {
            work.weights[j] = block.s[j] * factor(work, j);
        }
        double[] o = product(work.weights, of.v(), rows, plan.e(), n);
        double[] oSquares = product(
                changed(Matrix.of(work.weights, 0, n), AttentionGradient::square), squares(of.v()), rows, plan.e(), n);
        double[] dy = new double[rows * plan.e()];
        for (int i = 0; i < rows; i++) {
            of.dy().row(i, 0, plan.e(), dy, i * plan.e());
        }
        Parallel.forEach(rows, i -> row(block, work, i, dp, dpSquares, o, oSquares, dy));
        queries(of, work, at, toQ);
        boolean last = head == plan.h() / plan.g() - 1;
        if (slip != Slip.LAST_HEAD || last) {
            keys(of, work, toK, toV);
            toK.look(head * plan.s() + at % plan.s(), rows, n, work.ds, of.q());
            toV.look(head * plan.s() + at % plan.s(), rows, n, work.weights, of.dy());
        }
    }

    private double factor(Work work, int j) {
        return work.kept.length == 0 ? 1 : work.kept[j] * keep;
    }

    private void row(
            Block block,
            Work work,
            int i,
            double[] dp,
            double[] dpSquares,
            double[] o,
            double[] oSquares,
            double[] dy) {
        int from = i * work.n;
        int to = from + work.n;
        work.open[i] = block.open[i];
        work.doubtful[i] = block.doubtful[i];
        if (block.empty[i]) {
            return;
        }
        boolean drops = work.kept.length > 0;
        double delta = 0;
        double terms = 0;
        for (int j = from; j < to; j++) {
            double factor = factor(work, j);
            double raw = dp[j];
            work.variance[j] = square(factor) * overValues.variance(raw, dpSquares[j]);
            work.certain[j] = factor * overValues.deterministic(raw, dpSquares[j]);
            dp[j] = factor * raw;
            work.variance[j] += drops ? square(unit * dp[j]) : 0;
            delta += block.s[j] * dp[j];
            terms += square(block.s[j] * dp[j]);
        }
        double own = deltaVariance(block, work, i, delta, terms, dp, o, oSquares, dy);
        double logVariance = product.logVariance(block, i);
        work.deltaSigma[i] = Math.sqrt(own);
        work.logSigma[i] = Math.sqrt(logVariance);
        double shift = (coherent ? 2 * product.coherent(block, i) : 0) + block.sumDrift[i];
        double deltaCertain = Math.abs(delta) * shift;
        for (int j = from; j < to; j++) {
            deltaCertain += block.s[j] * work.certain[j];
        }
        double subtracted = slip == Slip.DELTA ? 0 : delta;
        for (int j = from; j < to; j++) {
            score(block, work, i, j, dp[j], subtracted, deltaCertain, shift, drops);
        }
    }

    private double deltaVariance(
            Block block,
            Work work,
            int i,
            double delta,
            double terms,
            double[] dp,
            double[] o,
            double[] oSquares,
            double[] dy) {
        double variance = overKeys.variance(delta, terms) + square(delta) * block.sumVariance[i];
        for (int j = i * work.n; j < (i + 1) * work.n; j++) {
            double p = block.s[j];
            if (p > 0) {
                double off = dp[j] - delta;
                variance += square(p) * (work.variance[j] + square(off) * block.variance[j])
                        // Stored probabilities need not add up to one.
                        + block.rounding[j] * (square(dp[j]) + square(delta));
            }
        }
        boolean cutsOff = contract.outputRounding() == Rounding.TOWARD_ZERO;
        double products = 0;
        for (int c = i * plan.e(); c < (i + 1) * plan.e(); c++) {
            double rounded = square(input.ulp(o[c])) / (cutsOff ? 3 : 12) + 2 * square(unit * o[c]);
            variance += square(dy[c]) * (rounded + overKeys.variance(o[c], oSquares[c]) + square(operandUnit() * o[c]));
            products += square(dy[c] * o[c]);
        }
        variance += overValues.variance(delta, products);
        return contract.statistics() instanceof Stored.As(DType type)
                ? variance + square(RuleConstants.roundingRms() * type.unitRoundoff() * delta)
                : variance;
    }

    /// The gradient of one score, and the weight of one value.
    private void score(
            Block block,
            Work work,
            int i,
            int j,
            double dp,
            double delta,
            double deltaCertain,
            double shift,
            boolean drops) {
        double p = block.s[j];
        double factor = factor(work, j);
        double relative = block.variance[j];
        double rounding = Math.max(block.rounding[j], p > 0 ? stored(p) : 0);
        double w = work.weights[j];
        if (p == 0) {
            work.variance[j] = 0;
            work.certain[j] =
                    block.bias[j] == Double.NEGATIVE_INFINITY ? 0 : smallest * (Math.abs(dp) + Math.abs(delta));
            work.weightCertain[j] = block.bias[j] == Double.NEGATIVE_INFINITY ? 0 : smallest;
            return;
        }
        work.weightVariance[j] = square(w) * (relative + square(work.logSigma[i]) + (drops ? square(unit) : 0))
                + square(factor) * rounding;
        work.weightCertain[j] = w * shift + smallest;
        double off = dp - delta;
        double dz = p * off;
        // As p (dp - D), or as p dp - p D.
        double variance = square(p) * work.variance[j]
                + square(dz) * (relative + 2 * square(unit))
                + square(off) * (contract.probabilities() instanceof Stored.As ? rounding : 0)
                + square(unit * p) * (square(dp) + square(delta));
        double slope = 1;
        double result = dz;
        if (block.tanh.length > 0 && slip != Slip.CAP_SLOPE) {
            double t = block.tanh[j];
            slope = 1 - t * t;
            result = dz * slope;
            double bent = 2 * Math.abs(dz * t) * Math.sqrt(block.tanhVariance[j]);
            variance = square(slope * Math.sqrt(variance) + bent)
                    + square(unit * dz) * (square(t * t) + square(slope))
                    + square(unit * result);
        }
        work.ds[j] = result;
        work.slope[j] = p * slope;
        work.variance[j] = variance + stored(result);
        work.withCommon[j] =
                work.variance[j] + square(p * slope * work.deltaSigma[i] + Math.abs(result) * work.logSigma[i]);
        work.certain[j] = slope * p * (work.certain[j] + deltaCertain)
                + Math.abs(result) * shift
                + smallest * (Math.abs(dp) + Math.abs(delta) + 1);
        boolean overflows =
                contract.probabilities() instanceof Stored.As(DType type) && Math.abs(result) > type.maxFinite() / 2;
        work.open[i] |= overflows;
    }

    /// The gradients of the block's queries.
    private void queries(Operands of, Work work, int at, GradientSums into) {
        int rows = of.queries();
        int n = work.n;
        int d = plan.d();
        double[] values = product(work.ds, of.k(), rows, d, n);
        double[] terms =
                product(changed(Matrix.of(work.ds, 0, n), AttentionGradient::square), squares(of.k()), rows, d, n);
        double[] variances = product(work.variance, squares(of.k()), rows, d, n);
        double[] common = product(work.slope, of.k(), rows, d, n);
        double[] certain = product(work.certain, changed(of.k(), Math::abs), rows, d, n);
        double[] keys = new double[n * d];
        for (int j = 0; j < n; j++) {
            of.k().row(j, 0, d, keys, j * d);
        }
        Parallel.forEach(rows, i -> {
            double drift = drift(work, i, keys);
            for (int c = 0; c < d; c++) {
                int one = i * d + c;
                if (terms[one] == 0 && variances[one] == 0 && certain[one] == 0) {
                    // It sees nothing, and nothing is added up.
                    continue;
                }
                double sum = overKeys.variance(values[one], terms[one]);
                double shared = Math.abs(common[one]) * work.deltaSigma[i] + Math.abs(values[one]) * work.logSigma[i];
                into.set(
                        (at + i) * d + c,
                        values[one],
                        variances[one] + sum + square(shared) + 2 * square(unit * values[one]),
                        certain[one] + overKeys.deterministic(values[one], terms[one]) + drift * Math.sqrt(sum));
                into.mark((at + i) * d + c, work.open[i] || overKeys.mayOverflow(terms[one]), work.doubtful[i]);
            }
        });
    }

    /// Drift in σ of the sums of a query's gradient, from some columns.
    private double drift(Work work, int i, double[] keys) {
        if (guard.spares(work.n)) {
            return 0;
        }
        double largest = 0;
        double[] terms = new double[work.n];
        for (int look = 0; look < Math.min(LOOKS, plan.d()); look++) {
            int c = look * plan.d() / LOOKS;
            double y = 0;
            double q = 0;
            for (int j = 0; j < terms.length; j++) {
                terms[j] = work.ds[i * work.n + j] * keys[j * plan.d() + c];
                y += terms[j];
                q += square(terms[j]);
            }
            double sigma = Math.sqrt(overKeys.variance(y, q));
            if (sigma > 0 && sigma <= Double.MAX_VALUE) {
                SummationGuard.Finding finding = guard.look(terms, terms.length, sigma);
                work.doubtful[i] |= finding.doubtful();
                largest = Math.max(largest, finding.drift() / sigma);
            }
        }
        return SLACK * largest;
    }

    /// What the block adds to the gradients of keys and values.
    private void keys(Operands of, Work work, GradientSums toK, GradientSums toV) {
        toK.add(work.n, of.queries(), work.ds, work.withCommon, work.certain, of.q());
        toV.add(work.n, of.queries(), work.weights, work.weightVariance, work.weightCertain, of.dy());
        boolean open = false;
        boolean doubtful = false;
        for (int i = 0; i < of.queries(); i++) {
            open |= work.open[i];
            doubtful |= work.doubtful[i];
        }
        if (open || doubtful) {
            toK.markAll(open, doubtful);
            toV.markAll(open, doubtful);
        }
    }

    /// Sums over all keys, one for each query.
    GradientSums toQueries(int rows) {
        return new GradientSums(rows, plan.d(), overKeys, guard, unit);
    }

    /// Sums over all queries of a group, one for each key.
    ///
    /// @param width numbers of a key, or of a value
    GradientSums toKeys(int width) {
        int terms = plan.s() * Math.toIntExact(plan.h() / plan.g());
        return new GradientSums(plan.keys(), width, overQueries, guard, unit).over(terms);
    }

    /// Scale of the gradient of the keys.
    double keyScale() {
        return slip == Slip.KEY_SCALE ? 1 : plan.scale();
    }

    /// By how much exponential and division may shift gradients to one side, relative to them.
    ///
    /// @param ofValues for the gradients of values, where the rounding of stored probabilities that
    /// are equal adds up
    double systematic(boolean ofValues) {
        double stored = ofValues && contract.probabilities() instanceof Stored.As(DType type) ? type.unitRoundoff() : 0;
        return 2 * product.functionShift() + stored;
    }
}
