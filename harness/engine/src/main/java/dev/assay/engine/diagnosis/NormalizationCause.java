package dev.assay.engine.diagnosis;

import dev.assay.engine.diagnosis.NormalizedRows.Row;
import dev.assay.operator.Inputs;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Wrong statistics of normalised rows.
///
/// What the rows of all runs say about their statistics ([NormalizedRows]) is held against what known wrong formulas
/// and narrow sums would give. A formula must give the rows of the case and of every probe, right ones included; of
/// several the likeliest is named, if no formula of another kind comes near it.
final class NormalizationCause {
    /// Part of the rows that a formula must give; the rest may be next to a tie of some rounding.
    private static final double HELD = 0.97;
    /// The same of the rows that are wrong: of a few, ties may be more than 3 %.
    private static final double MENDED = 0.9;

    /// Mean square of what a line leaves, in units of the roundings, at which a row is no line: of 20 elements or more
    /// it is that large in one row of 1e6 by chance.
    private static final double CROOKED = 3;
    /// Logarithm of the odds against a row of NaN that a formula does not give.
    private static final double MISSED = -50;

    /// Standard errors within which a statistic is right: one row in 3e6 is outside by chance.
    private static final double WITHIN = 5;
    /// Logarithm of the odds at which one kind of cause is preferred to another: 1 in 3000.
    private static final double LEAD = 8;

    private final Held held;
    private final int length;
    private final double epsilon;
    private final boolean centred;
    private final List<Row> rows;
    private final List<Explained> explained = new ArrayList<>();
    /// Rows whose statistics are not right.
    private int wrong;

    private NormalizationCause(Held held, NormalizedRows rows) {
        this.held = held;
        this.length = rows.length;
        this.epsilon = rows.epsilon;
        this.centred = rows.centred;
        this.rows = rows.rows;
    }

    /// One formula explains the rows.
    private record Explained(Diagnosis diagnosis, double likelihood) {}

    /// Statistics that a wrong formula gives.
    private interface Formula {
        /// Mean and inverse deviation.
        double[] of(Row row);
    }

    static Optional<Diagnosis> of(Held held) {
        if (!NormalizedRows.knows(held.evidence.operator().name())) {
            return Optional.empty();
        }
        NormalizedRows rows = NormalizedRows.of(held.evidence, held.position);
        NormalizationCause cause = new NormalizationCause(held, rows);
        return rows.rows.isEmpty() ? Optional.empty() : cause.find();
    }

    /// Normalised values that are rounded before they are weighted.
    private Optional<Diagnosis> normalised() {
        if (!held.evidence.operator().name().equals("layer_normalization")) {
            return Optional.empty();
        }
        Inputs inputs = new Inputs(held.run.inputs());
        double[] scale = new double[length];
        double[] bias = new double[length];
        inputs.get("Scale").decode(0, length, scale, 0);
        if (inputs.has("B")) {
            inputs.get("B").decode(0, length, bias, 0);
        }
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            int right = 0;
            int seen = 0;
            for (int r = 0; r < held.count() / length; r++) {
                double[] x = new double[length];
                inputs.get("X").decode(held.numbers[r * length], length, x, 0);
                double mean = java.util.Arrays.stream(x).average().orElse(0);
                double squares = 0;
                for (double value : x) {
                    squares += square(value - mean);
                }
                double inverse = 1 / Math.sqrt(squares / length + epsilon);
                for (int k = 0; k < length; k++) {
                    int i = r * length + k;
                    if (held.wrong[i]) {
                        double made = type.round((x[k] - mean) * inverse) * scale[k] + bias[k];
                        double before = held.lambda() / 4 * held.sigma[i];
                        seen++;
                        right += Math.abs(held.got[i] - made) <= 0.51 * held.ulp(made) + before ? 1 : 0;
                    }
                }
            }
            if (seen >= 16 && right >= 0.95 * seen) {
                return found(Cause.NARROW_INTERMEDIATE, "normalised values are stored in " + type);
            }
        }
        return Optional.empty();
    }

    private Optional<Diagnosis> find() {
        int crooked = 0;
        int flat = 0;
        for (Row row : rows) {
            boolean bad = !right(row);
            wrong += bad ? 1 : 0;
            crooked += row.residual > CROOKED ? 1 : 0;
            flat += bad && Double.isFinite(row.slopeError) && Math.abs(row.slope) <= WITHIN * row.slopeError ? 1 : 0;
        }
        if (wrong == 0 || 2 * crooked > rows.size()) {
            return normalised();
        }
        formulas();
        narrow();
        naive();
        if (explained.isEmpty()) {
            return flat > 0 && flat >= 0.3 * wrong
                    ? found(Cause.OVERFLOW, "rows give their bias alone: the sum of squares overflows")
                    : grids().or(this::rough);
        }
        explained.sort(Comparator.comparingDouble(Explained::likelihood).reversed());
        Explained best = explained.getFirst();
        boolean clear = explained.stream()
                .allMatch(other -> other.diagnosis().cause() == best.diagnosis().cause()
                        || other.likelihood() < best.likelihood() - LEAD);
        return clear ? Optional.of(best.diagnosis()) : Optional.empty();
    }

    /// Whether the statistics of a row are what the contract allows.
    private static boolean right(Row row) {
        double slopes =
                WITHIN * Math.hypot(row.slopeError, row.inverse * row.inverseSigma) + row.inverse * row.inverseError;
        double shifts = WITHIN * Math.hypot(row.shiftError, row.inverse * row.meanSigma) + row.inverse * row.meanError;
        return !row.broken && Math.abs(row.slope - row.inverse) <= slopes && Math.abs(row.shift) <= shifts;
    }

    /// What a formula says of a row's line, and how far f32 arithmetic may be from it.
    private final class Line {
        final double slope;
        final double shift;
        final double slopeSigma;
        final double slopeError;
        final double shiftSigma;
        final double shiftError;

        Line(Row row, double[] statistics) {
            double unit = DType.F32.unitRoundoff();
            double apart = Math.abs(row.mean - statistics[0]);
            slope = statistics[1];
            shift = slope * (row.mean - statistics[0]);
            double half = square(slope) / 2;
            double sigma = Math.hypot(half * Math.hypot(row.varianceSigma, 2 * apart * row.meanSigma), 2 * unit);
            // Equal terms may all be rounded the same way: by half a unit on average, of partial sums that are half
            // of the sum on average. Each distance and product may be rounded by a unit more.
            double error = half * (row.varianceError + 2 * apart * row.meanError) + (length / 8.0 + 2) * unit;
            slopeSigma = slope * sigma;
            slopeError = slope * error;
            shiftSigma = Math.hypot(slope * row.meanSigma, shift * sigma);
            shiftError = slope * row.meanError
                    + Math.abs(shift) * error
                    + 2 * unit * slope * (Math.sqrt(row.variance) + Math.abs(statistics[0]));
        }

        boolean holds(Row row) {
            double slopes = WITHIN * Math.hypot(row.slopeError, slopeSigma) + slopeError;
            double shifts = WITHIN * Math.hypot(row.shiftError, shiftSigma) + shiftError;
            return Math.abs(row.slope - slope) <= slopes && Math.abs(row.shift - shift) <= shifts;
        }

        double likelihood(Row row) {
            return student(row.slope - slope, row.slopeError, Math.hypot(slopeSigma, slopeError / 2))
                    + student(row.shift - shift, row.shiftError, Math.hypot(shiftSigma, shiftError / 2));
        }
    }

    private static boolean finite(double[] statistics) {
        return Double.isFinite(statistics[0]) && Double.isFinite(statistics[1]);
    }

    private void consider(Cause cause, String sentence, Formula formula) {
        int held = 0;
        int mended = 0;
        double likelihood = 0;
        for (Row row : rows) {
            double[] statistics = formula.of(row);
            boolean finite = finite(statistics);
            Line line = new Line(row, statistics);
            boolean holds = finite ? !row.broken && line.holds(row) : row.broken;
            held += holds ? 1 : 0;
            mended += holds && !right(row) ? 1 : 0;
            likelihood += finite && !row.broken ? line.likelihood(row) : holds ? 0 : MISSED;
        }
        if (held >= HELD * rows.size() && mended >= MENDED * wrong) {
            explained.add(new Explained(new Diagnosis(cause, sentence), likelihood));
        }
    }

    /// Logarithm of a likelihood in units of the standard error, so that what cannot be seen counts nothing; Student's
    /// t with four degrees of freedom, for roundings have heavy tails.
    private static double student(double off, double error, double allowed) {
        if (!Double.isFinite(error)) {
            return 0;
        }
        double unit = Math.hypot(error, allowed) + 1e-300;
        return Math.log((error + 1e-300) / unit) - 2.5 * Math.log1p(square(off / unit) / 4);
    }

    private void formulas() {
        for (double other : new double[] {0, 1e-12, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3}) {
            if (other != epsilon) {
                consider(Cause.EPSILON, "epsilon is " + other + " and not " + epsilon, row ->
                        new double[] {row.mean, 1 / Math.sqrt(row.variance + other)});
            }
        }
        consider(Cause.EPSILON, "epsilon is added to the deviation and not to the variance", row ->
                new double[] {row.mean, 1 / (Math.sqrt(row.variance) + epsilon)});
        consider(Cause.EPSILON, "epsilon is squared", row ->
                new double[] {row.mean, 1 / Math.sqrt(row.variance + epsilon * epsilon)});
        consider(Cause.EPSILON, "epsilon is added twice", row ->
                new double[] {row.mean, 1 / Math.sqrt(row.variance + 2 * epsilon)});
        double n = length;
        consider(Cause.VARIANCE_FORMULA, "the variance is divided by n - 1", row ->
                new double[] {row.mean, 1 / Math.sqrt(row.variance * n / (n - 1) + epsilon)});
        consider(Cause.OFFSET, "the mean is not subtracted", row -> new double[] {0, row.inverse});
        consider(Cause.OFFSET, "the mean is subtracted nowhere", row ->
                new double[] {0, 1 / Math.sqrt(row.variance + square(row.mean) + epsilon)});
        consider(Cause.VARIANCE_FORMULA, "the variance is taken about zero and not about the mean", row ->
                new double[] {row.mean, 1 / Math.sqrt(row.variance + square(row.mean) + epsilon)});
        padded();
        for (int missing = 1; missing < Math.min(length, 65); missing++) {
            int left = missing;
            String sentence = "the statistics leave out the last " + left + " elements of a row";
            consider(Cause.TERMS_MISSING, sentence, row -> without(row, left, n - left));
            consider(Cause.TERMS_MISSING, sentence, row -> without(row, left, n));
        }
    }

    private void padded() {
        for (int tile = 2; tile <= 1024; tile *= 2) {
            double size = Math.ceilDiv(length, tile) * (double) tile;
            if (size == length || size > 2.0 * length) {
                continue;
            }
            double part = length / size;
            String sentence = "sums are divided by the padded length " + (long) size;
            consider(Cause.VARIANCE_FORMULA, sentence, row -> {
                double mean = row.mean * part;
                return new double[] {mean, 1 / Math.sqrt(part * (row.variance + square(row.mean - mean)) + epsilon)};
            });
            consider(Cause.VARIANCE_FORMULA, sentence, row -> {
                double mean = row.mean * part;
                double squares = part * (row.variance + square(row.mean)) - mean * mean;
                return new double[] {mean, 1 / Math.sqrt(squares + epsilon)};
            });
            consider(Cause.VARIANCE_FORMULA, sentence, row ->
                    new double[] {row.mean, 1 / Math.sqrt(part * row.variance + epsilon)});
        }
    }

    private double[] without(Row row, int missing, double divisor) {
        double mean = 0;
        for (int k = 0; k < length - missing && centred; k++) {
            mean += row.x[k] / divisor;
        }
        double squares = 0;
        for (int k = 0; k < length - missing; k++) {
            squares += square(row.x[k] - mean) / divisor;
        }
        return new double[] {mean, 1 / Math.sqrt(squares + epsilon)};
    }

    private static double square(double x) {
        return x * x;
    }

    /// A sum over a row, of its values or of the squares of their distances from a mean.
    private interface Sum {
        double of(double[] terms);
    }

    private double[] statistics(Row row, Sum values, Sum squares) {
        double mean = centred ? values.of(row.x) / length : 0;
        double[] terms = new double[length];
        for (int k = 0; k < length; k++) {
            // As kernels do: the distance is an f32 number.
            terms[k] = square((float) (row.x[k] - mean));
        }
        return new double[] {mean, 1 / Math.sqrt(squares.of(terms) / length + epsilon)};
    }

    /// Sums and statistics in fewer bits, formed again as kernels with common splits form them.
    private void narrow() {
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            consider(Cause.NARROW_INTERMEDIATE, "mean and inverse deviation are stored in " + type, row ->
                    new double[] {type.round(row.mean), type.round(row.inverse)});
            consider(Cause.NARROW_INTERMEDIATE, "the mean is stored in " + type, row ->
                    new double[] {type.round(row.mean), row.inverse});
            consider(Cause.NARROW_INTERMEDIATE, "the inverse deviation is stored in " + type, row ->
                    new double[] {row.mean, type.round(row.inverse)});
            for (int parts : new int[] {2, 4, 8, 16, 32}) {
                for (int order = 0; order < 3; order++) {
                    int way = order;
                    Sum split = terms -> EmulationCause.split(terms, parts, way, type);
                    consider(
                            Cause.NARROW_PARTIALS,
                            parts + " partial sums of a row are stored in " + type,
                            row -> statistics(row, split, split));
                }
            }
            for (int block : new int[] {1, 4, 8, 16, 32}) {
                Sum running = terms -> EmulationCause.running(terms, block, type);
                consider(
                        Cause.NARROW_ACCUMULATOR,
                        "squares are summed in " + type,
                        row -> statistics(row, NormalizationCause::exact, running));
                consider(
                        Cause.NARROW_ACCUMULATOR,
                        "rows are summed in " + type,
                        row -> statistics(row, running, running));
                consider(
                        Cause.NARROW_ACCUMULATOR,
                        "values are summed in " + type,
                        row -> statistics(row, running, NormalizationCause::exact));
            }
        }
        for (int bits = 6; bits <= 18; bits++) {
            int kept = bits;
            // Of 8 and 11 bits it is stored in bf16 and f16.
            if (bits != DType.BF16.precision() && bits != DType.F16.precision()) {
                consider(Cause.ROUGH_FUNCTION, "the inverse deviation has " + bits + " bits", row ->
                        new double[] {row.mean, RoundingCause.toBits(row.inverse, kept)});
            }
        }
    }

    private static double exact(double[] terms) {
        double sum = 0;
        for (double term : terms) {
            sum += term;
        }
        return sum;
    }

    /// The difference of two means, E(x^2) - E(x)^2, which loses digits where the mean is large: rows are right up to
    /// what that formula's error model allows them.
    private void naive() {
        double likelihood = 0;
        int held = 0;
        for (Row row : rows) {
            double spread = 2 * row.naiveSigma * (row.variance + epsilon);
            double most = 1 / Math.sqrt(Math.max(0, row.variance - WITHIN * spread) + epsilon);
            double least = 1 / Math.sqrt(row.variance + WITHIN * spread + epsilon);
            double slopes = WITHIN * row.slopeError;
            double shifts = WITHIN * Math.hypot(row.shiftError, most * row.meanSigma) + most * row.meanError;
            boolean between = row.slope >= least - slopes && row.slope <= most + slopes;
            boolean holds = row.broken ? Double.isInfinite(most) : between && Math.abs(row.shift) <= shifts;
            held += holds ? 1 : 0;
            if (!row.broken) {
                likelihood += student(row.slope - row.inverse, row.slopeError, (most - least) / WITHIN / 2)
                        + student(
                                row.shift, row.shiftError, row.inverse * Math.hypot(row.meanSigma, row.meanError / 2));
            }
        }
        if (held >= HELD * rows.size()) {
            Diagnosis diagnosis = new Diagnosis(
                    Cause.VARIANCE_FORMULA, "the variance loses digits where the mean is large: E(x^2) - E(x)^2");
            explained.add(new Explained(diagnosis, likelihood));
        }
    }

    /// Sums of squares that have few bits, in whatever order they were added.
    private Optional<Diagnosis> grids() {
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            double odds = 0;
            int seen = 0;
            for (Row row : rows) {
                if (row.broken || !(row.slope > WITHIN * row.slopeError)) {
                    continue;
                }
                double sum = length * (1 / square(row.slope) - epsilon);
                double error = 2 * length / square(row.slope) * row.slopeError / row.slope;
                double grid = type.ulp(sum);
                double truth = length * row.variance;
                boolean tells = Math.abs(truth - type.round(truth)) > 0.1 * type.ulp(truth);
                if (!(sum > 0) || error > grid / 8 || !tells) {
                    continue;
                }
                double z = (sum - type.round(sum)) / error;
                // Against a sum that may lie anywhere; one row in 20 may be explained otherwise.
                odds += Math.log(0.05 + 0.95 * Math.exp(-z * z / 2) * grid / error / Math.sqrt(2 * Math.PI));
                seen++;
            }
            boolean means = rows.stream().allMatch(row -> meanIsRight(row));
            if (seen >= 4 && odds > LEAD && means) {
                return found(Cause.NARROW_ACCUMULATOR, "sums of squares are numbers of " + type);
            }
        }
        return Optional.empty();
    }

    private static boolean meanIsRight(Row row) {
        double size = Math.abs(row.slope);
        return Math.abs(row.shift) <= WITHIN * Math.hypot(row.shiftError, size * row.meanSigma) + size * row.meanError;
    }

    /// Whether the error of the inverse deviation is a function of the digits of the variance.
    private Optional<Diagnosis> rough() {
        List<double[]> points = new ArrayList<>();
        double squares = 0;
        for (Row row : rows) {
            double off = row.slope / row.inverse - 1;
            if (row.broken || !meanIsRight(row)) {
                return Optional.empty();
            }
            if (row.slopeError < Math.abs(off) * row.inverse / 3) {
                double v = row.variance + epsilon;
                int exponent = Math.getExponent(v);
                points.add(new double[] {Math.scalb(v, -(exponent - (exponent & 1))), off});
                squares += off * off;
            }
        }
        double off = Math.sqrt(squares / Math.max(1, points.size()));
        points.sort(Comparator.comparingDouble(point -> point[0]));
        double mean = points.stream().mapToDouble(p -> p[1]).average().orElse(0);
        double total = 0;
        double steps = 0;
        for (int i = 1; i < points.size(); i++) {
            total += square(points.get(i)[1] - mean);
            steps += square(points.get(i)[1] - points.get(i - 1)[1]) / 2;
        }
        boolean layer = held.evidence.operator().name().equals("layer_normalization");
        boolean smooth = steps < 0.4 * total || (layer && total < 0.2 * mean * mean * points.size());
        return points.size() >= 16 && 2 * points.size() > rows.size() && smooth && off < 2e-2
                ? found(Cause.ROUGH_FUNCTION, String.format(Locale.ROOT, "the inverse square root is off by %.1e", off))
                : Optional.empty();
    }

    private static Optional<Diagnosis> found(Cause cause, String sentence) {
        return Optional.of(new Diagnosis(cause, sentence));
    }
}
