package dev.assay.engine.diagnosis;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Wrong statistics of normalised rows.
///
/// Each row of the output is a straight line over the row of the input, `(Y - B) / Scale = slope · X + shift`. The
/// slope is the inverse deviation that the kernel used, `-shift / slope` its mean. These are compared with what known
/// wrong formulas give, row by row.
final class NormalizationCause {
    private static final int MOST_ROWS = 400;
    private static final double HELD = 0.97;

    private final Held held;
    private final int length;
    private final double epsilon;
    private final List<Row> rows = new ArrayList<>();

    private NormalizationCause(Held held, int length) {
        this.held = held;
        this.length = length;
        this.epsilon = held.evidence.call().attributes().real("epsilon");
    }

    /// What a row of the output says about its statistics.
    private final class Row {
        final double[] x;
        double mean;
        double variance;
        double slope;
        double centre;
        /// Standard errors of both, the first relative.
        double slopeError;
        /// The same from the rounding of the results alone.
        double slopeRounding;

        double centreError;

        Row(double[] x) {
            this.x = x;
            for (double value : x) {
                mean += value / x.length;
            }
            for (double value : x) {
                variance += (value - mean) * (value - mean) / x.length;
            }
        }

        double inverse() {
            return 1 / Math.sqrt(variance + epsilon);
        }
    }

    static Optional<Diagnosis> of(Held held) {
        Call call = held.evidence.call();
        if (!held.evidence.operator().name().equals("layer_normalization") || held.position != 0) {
            return Optional.empty();
        }
        Shape x = call.input("X").shape();
        int axis = Math.toIntExact(call.attributes().integer("axis"));
        axis = axis < 0 ? axis + x.rank() : axis;
        int length = Math.toIntExact(x.slice(axis, x.rank()).elements());
        if (length < 4) {
            return Optional.empty();
        }
        NormalizationCause cause = new NormalizationCause(held, length);
        cause.read();
        boolean ofCase = held.run.dataSet().isEmpty();
        return (ofCase ? cause.normalised() : Optional.<Diagnosis>empty())
                .or(() -> cause.rows.size() < 4 ? Optional.empty() : cause.find(ofCase));
    }

    private void read() {
        Inputs inputs = new Inputs(held.run.inputs());
        double[] scale = new double[length];
        double[] bias = new double[length];
        inputs.get("Scale").decode(0, length, scale, 0);
        if (inputs.has("B")) {
            inputs.get("B").decode(0, length, bias, 0);
        }
        int all = held.count() / length;
        int step = Math.max(1, all / MOST_ROWS);
        for (int r = 0; r < all; r += step) {
            double[] x = new double[length];
            inputs.get("X").decode(held.numbers[r * length], length, x, 0);
            Row row = new Row(x);
            if (Double.isFinite(row.variance) && fit(row, r * length, scale, bias)) {
                rows.add(row);
            }
        }
    }

    /// Least squares, each element weighted by its rounding.
    private boolean fit(Row row, int at, double[] scale, double[] bias) {
        double s = 0;
        double sx = 0;
        double sxx = 0;
        double sy = 0;
        double sxy = 0;
        double roundings = 0;
        for (int k = 0; k < length; k++) {
            int i = at + k;
            double y = held.got[i] - bias[k];
            if (!Double.isFinite(y) || Math.abs(scale[k]) < 1e-6) {
                continue;
            }
            double ulp = Math.max(held.ulp(held.got[i]), held.ulp(held.want[i])) + 1e-300;
            double error = (ulp * ulp / 12 + held.sigma[i] * held.sigma[i]) / (scale[k] * scale[k]);
            double w = 1 / error;
            double rounding = scale[k] * scale[k] / (ulp * ulp / 12);
            roundings += rounding * (row.x[k] - row.mean) * (row.x[k] - row.mean);
            double u = row.x[k] - row.mean;
            s += w;
            sx += w * u;
            sxx += w * u * u;
            sy += w * y / scale[k];
            sxy += w * u * y / scale[k];
        }
        double determinant = s * sxx - sx * sx;
        if (!(determinant > 0) || !Double.isFinite(determinant)) {
            return false;
        }
        row.slope = (s * sxy - sx * sy) / determinant;
        double shift = (sxx * sy - sx * sxy) / determinant;
        double slopeError = Math.sqrt(s / determinant);
        row.slopeRounding = 1 / Math.sqrt(roundings) / Math.abs(row.slope);
        row.slopeError = slopeError / Math.abs(row.slope);
        row.centre = row.mean - shift / row.slope;
        row.centreError =
                Math.sqrt(sxx / determinant) / Math.abs(row.slope) + Math.abs(shift / row.slope) * row.slopeError;
        // Constant rows say nothing.
        return Double.isFinite(row.slope) && Double.isFinite(row.centre) && row.slopeError < 0.05;
    }

    /// Normalised values that are rounded before they are weighted.
    private Optional<Diagnosis> normalised() {
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
                Row row = new Row(x);
                for (int k = 0; k < length; k++) {
                    int i = r * length + k;
                    if (held.wrong[i]) {
                        double made = type.round((x[k] - row.mean) * row.inverse()) * scale[k] + bias[k];
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

    /// Statistics that a wrong formula gives.
    private interface Formula {
        /// Mean and inverse deviation.
        double[] of(Row row);
    }

    /// @param ofCase whether the data are those of the case, and not made so that few results are possible
    private Optional<Diagnosis> find(boolean ofCase) {
        int wrongSlopes = 0;
        int wrongCentres = 0;
        int flat = 0;
        for (Row row : rows) {
            wrongSlopes += near(row.slope / row.inverse(), 1, row.slopeError) ? 0 : 1;
            wrongCentres += Math.abs(row.centre - row.mean) <= 5 * row.centreError + 4e-7 * Math.abs(row.mean) ? 0 : 1;
            flat += Math.abs(row.slope) < 1e-3 * row.inverse() ? 1 : 0;
        }
        if (flat > 0 && flat >= 0.3 * rows.size()) {
            return found(Cause.OVERFLOW, "rows give their bias alone: the sum of squares overflows");
        }
        if (wrongSlopes + wrongCentres < 0.05 * rows.size()) {
            return Optional.empty();
        }
        return ofCase ? formulas().or(this::stored).or(this::rough) : formulas();
    }

    private static boolean near(double value, double target, double error) {
        return Math.abs(value - target) <= 5 * error + 4e-7 * Math.abs(target);
    }

    private boolean explains(Formula formula) {
        int right = 0;
        for (Row row : rows) {
            double[] statistics = formula.of(row);
            double reach = 5 * row.centreError + 4e-7 * (Math.abs(statistics[0]) + Math.abs(row.mean));
            boolean holds = Math.abs(row.centre - statistics[0]) <= reach
                    && near(row.slope / statistics[1], 1, row.slopeError + 2e-7 * Math.abs(row.mean) * row.inverse());
            right += holds ? 1 : 0;
        }
        return right >= HELD * rows.size();
    }

    /// One formula explains the rows and none of another kind does so nearly as well.
    private record Explained(Diagnosis diagnosis, double distance) {}

    private final List<Explained> explained = new ArrayList<>();

    private void consider(Cause cause, String sentence, Formula formula) {
        if (!explains(formula)) {
            return;
        }
        double distance = 0;
        for (Row row : rows) {
            double[] statistics = formula.of(row);
            double slope = (row.slope / statistics[1] - 1) / (row.slopeError + 1e-7);
            double centre = (row.centre - statistics[0]) / (row.centreError + 1e-7 * Math.abs(row.mean) + 1e-300);
            distance += Math.min(30, slope * slope) + Math.min(30, centre * centre);
        }
        explained.add(new Explained(new Diagnosis(cause, sentence), distance));
    }

    private Optional<Diagnosis> formulas() {
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
        consider(Cause.OFFSET, "the mean is not subtracted", row -> new double[] {0, row.inverse()});
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
        explained.sort(java.util.Comparator.comparingDouble(Explained::distance));
        if (explained.isEmpty()) {
            return Optional.empty();
        }
        Explained best = explained.getFirst();
        boolean clear = explained.stream()
                .allMatch(other -> other.diagnosis().cause() == best.diagnosis().cause()
                        || other.distance() > best.distance() + 16);
        return clear ? Optional.of(best.diagnosis()) : Optional.empty();
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
        for (int k = 0; k < length - missing; k++) {
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

    /// Statistics that lie on the grid of a narrow type.
    private Optional<Diagnosis> stored() {
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            int slopes = 0;
            int centres = 0;
            int seen = 0;
            int nearSlope = 0;
            int slopeSeen = 0;
            int centreSeen = 0;
            for (Row row : rows) {
                double grid = type.ulp(row.inverse());
                // Statistics that are numbers of the type anyway show nothing.
                boolean offGrid = Math.abs(row.inverse() - type.round(row.inverse())) > 0.1 * grid
                        || Math.abs(row.mean - type.round(row.mean)) > 0.1 * type.ulp(row.mean);
                if (row.slopeError * row.slope > grid / 20 || !offGrid) {
                    continue;
                }
                seen++;
                boolean slopeTells = Math.abs(row.inverse() - type.round(row.inverse())) > 0.1 * grid;
                boolean centreTells = Math.abs(row.mean - type.round(row.mean)) > 0.1 * type.ulp(row.mean);
                slopeSeen += slopeTells ? 1 : 0;
                centreSeen += centreTells ? 1 : 0;
                slopes += slopeTells && Math.abs(row.slope - type.round(row.slope)) < 0.1 * grid ? 1 : 0;
                nearSlope += Math.abs(row.slope - row.inverse()) <= 1.5 * grid ? 1 : 0;
                double step = type.ulp(row.mean);
                centres += centreTells
                                && row.centre != 0
                                && row.centreError < step / 20
                                && Math.abs(row.centre - row.mean) < 1.5 * step
                                && Math.abs(row.centre - type.round(row.centre)) < 0.1 * step
                        ? 1
                        : 0;
            }
            if (seen >= 8
                    && ((slopeSeen >= 8 && slopes >= 0.9 * slopeSeen)
                            || (centreSeen >= 8 && centres >= 0.9 * centreSeen))
                    && nearSlope >= 0.8 * seen) {
                return found(Cause.NARROW_INTERMEDIATE, "mean or inverse deviation are stored in " + type);
            }
        }
        return Optional.empty();
    }

    private Optional<Diagnosis> rough() {
        double squares = 0;
        double shifts = 0;
        double cancelled = 0;
        int seen = 0;
        for (Row row : rows) {
            double off = row.slope / row.inverse() - 1;
            if (row.slopeError > Math.abs(off) / 3 && row.slopeError > 1e-4) {
                continue;
            }
            seen++;
            squares += off * off;
            shifts += square((row.centre - row.mean) * row.inverse());
            cancelled += Math.log(1 + square(row.mean) / (row.variance + 1e-300));
        }
        if (seen < 8) {
            return Optional.empty();
        }
        double off = Math.sqrt(squares / seen);
        double amplification = Math.exp(cancelled / seen);
        double shift = Math.sqrt(shifts / seen);
        if (amplification > 100 && cancels()) {
            return found(
                    Cause.VARIANCE_FORMULA,
                    String.format(
                            Locale.ROOT,
                            "the variance loses digits where the mean is large: E(x^2) - E(x)^2, off by %.1e",
                            off));
        }
        for (int bits = 7; bits <= 16; bits++) {
            if (amplification < 50 && onGrid(bits)) {
                return found(Cause.ROUGH_FUNCTION, "the inverse deviation has " + bits + " bits");
            }
        }
        if (amplification < 50 && shift < off / 20 && off > 1e-6 && off < 2e-2 && smooth()) {
            return found(
                    Cause.ROUGH_FUNCTION, String.format(Locale.ROOT, "the inverse square root is off by %.1e", off));
        }
        return Optional.empty();
    }

    /// Whether inverse deviations have no more bits than this.
    private boolean onGrid(int bits) {
        int seen = 0;
        int on = 0;
        for (Row row : rows) {
            double grid = Math.scalb(1.0, Math.getExponent(row.slope) - bits + 1);
            if (row.slopeRounding * row.slope < grid / 20) {
                seen++;
                on += Math.abs(row.slope - RoundingCause.toBits(row.slope, bits)) < 0.15 * grid ? 1 : 0;
            }
        }
        return seen >= 12 && on >= 0.92 * seen;
    }

    /// Whether the variance is a difference of f32 numbers of the size of the squared mean: a multiple of their
    /// last place.
    private boolean cancels() {
        int seen = 0;
        int multiples = 0;
        for (Row row : rows) {
            double unit = DType.F32.ulp(square(row.mean)) / 2;
            double variance = 1 / square(row.slope) - epsilon;
            if (2 * row.slopeRounding * (variance + epsilon) > unit / 12) {
                continue;
            }
            seen++;
            double times = variance / unit;
            multiples += Math.abs(times - Math.rint(times)) < 0.2 ? 1 : 0;
        }
        return seen >= 8 && multiples >= 0.85 * seen;
    }

    /// Whether the error of the slope is a function of the variance's digits.
    private boolean smooth() {
        List<double[]> points = new ArrayList<>();
        for (Row row : rows) {
            double v = row.variance + epsilon;
            int exponent = Math.getExponent(v);
            double digits = Math.scalb(v, -(exponent - (exponent & 1)));
            points.add(new double[] {digits, row.slope / row.inverse() - 1});
        }
        points.sort((a, b) -> Double.compare(a[0], b[0]));
        double mean = points.stream().mapToDouble(p -> p[1]).average().orElse(0);
        double total = 0;
        double steps = 0;
        for (int i = 1; i < points.size(); i++) {
            total += square(points.get(i)[1] - mean);
            steps += square(points.get(i)[1] - points.get(i - 1)[1]) / 2;
        }
        return points.size() >= 16 && (steps < 0.4 * total || total < 0.2 * mean * mean * points.size());
    }

    private Optional<Diagnosis> found(Cause cause, String sentence) {
        return Optional.of(new Diagnosis(cause, sentence));
    }
}
