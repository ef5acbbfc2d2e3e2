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
        return cause.rows.size() < 4 ? Optional.empty() : cause.find();
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
        for (int k = 0; k < length; k++) {
            int i = at + k;
            double y = held.got[i] - bias[k];
            if (!Double.isFinite(y) || Math.abs(scale[k]) < 1e-6) {
                continue;
            }
            double ulp = Math.max(held.ulp(held.got[i]), held.ulp(held.want[i])) + 1e-300;
            double error = (ulp * ulp / 12 + held.sigma[i] * held.sigma[i]) / (scale[k] * scale[k]);
            double w = 1 / error;
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
        row.slopeError = slopeError / Math.abs(row.slope);
        row.centre = row.mean - shift / row.slope;
        row.centreError = Math.sqrt(sxx / determinant) / Math.abs(row.slope);
        return Double.isFinite(row.slope) && Double.isFinite(row.centre);
    }

    /// Statistics that a wrong formula gives.
    private interface Formula {
        /// Mean and inverse deviation.
        double[] of(Row row);
    }

    private Optional<Diagnosis> find() {
        int wrongSlopes = 0;
        int wrongCentres = 0;
        int flat = 0;
        for (Row row : rows) {
            wrongSlopes += near(row.slope / row.inverse(), 1, row.slopeError) ? 0 : 1;
            wrongCentres += near(row.centre - row.mean, 0, row.centreError) ? 0 : 1;
            flat += Math.abs(row.slope) < 1e-3 * row.inverse() ? 1 : 0;
        }
        if (flat > 0 && flat >= 0.3 * rows.size()) {
            return found(Cause.OVERFLOW, "rows give their bias alone: the sum of squares overflows");
        }
        if (wrongSlopes + wrongCentres < 0.05 * rows.size()) {
            return Optional.empty();
        }
        return formulas().or(this::stored).or(this::rough);
    }

    private static boolean near(double value, double target, double error) {
        return Math.abs(value - target) <= 5 * error + 4e-7 * Math.abs(target);
    }

    private boolean explains(Formula formula) {
        int right = 0;
        for (Row row : rows) {
            double[] statistics = formula.of(row);
            double reach = 5 * row.centreError + 4e-7 * Math.abs(statistics[0]);
            boolean holds = Math.abs(row.centre - statistics[0]) <= reach
                    && near(row.slope / statistics[1], 1, row.slopeError + 2e-7 * Math.abs(row.mean) * row.inverse());
            right += holds ? 1 : 0;
        }
        return right >= HELD * rows.size();
    }

    private Optional<Diagnosis> formulas() {
        for (double other : new double[] {0, 1e-12, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3}) {
            if (other != epsilon && explains(row -> new double[] {row.mean, 1 / Math.sqrt(row.variance + other)})) {
                return found(Cause.EPSILON, "epsilon is " + other + " and not " + epsilon);
            }
        }
        if (explains(row -> new double[] {row.mean, 1 / (Math.sqrt(row.variance) + epsilon)})) {
            return found(Cause.EPSILON, "epsilon is added to the deviation and not to the variance");
        }
        if (explains(row -> new double[] {row.mean, 1 / Math.sqrt(row.variance + epsilon * epsilon)})
                || explains(row -> new double[] {row.mean, 1 / Math.sqrt(row.variance + 2 * epsilon)})) {
            return found(Cause.EPSILON, "epsilon counts with another weight");
        }
        double n = length;
        if (explains(row -> new double[] {row.mean, 1 / Math.sqrt(row.variance * n / (n - 1) + epsilon)})) {
            return found(Cause.VARIANCE_FORMULA, "the variance is divided by n - 1");
        }
        if (explains(row -> new double[] {0, row.inverse()})
                || explains(row -> new double[] {0, 1 / Math.sqrt(row.variance + row.mean * row.mean + epsilon)})) {
            return found(Cause.OFFSET, "the mean is not subtracted");
        }
        if (explains(row -> new double[] {row.mean, 1 / Math.sqrt(row.variance + row.mean * row.mean + epsilon)})) {
            return found(Cause.VARIANCE_FORMULA, "the variance is taken about zero and not about the mean");
        }
        for (int tile = 2; tile <= 1024; tile *= 2) {
            double padded = Math.ceilDiv(length, tile) * (double) tile;
            if (padded == n) {
                continue;
            }
            double part = n / padded;
            Formula formula = row -> {
                double mean = row.mean * part;
                double squares = part * (row.variance + square(row.mean - mean));
                return new double[] {mean, 1 / Math.sqrt(squares + epsilon)};
            };
            Formula withZeros = row -> {
                double mean = row.mean * part;
                double squares = part * (row.variance + square(row.mean)) - mean * mean;
                return new double[] {mean, 1 / Math.sqrt(squares + epsilon)};
            };
            Formula varianceOnly = row -> new double[] {row.mean, 1 / Math.sqrt(part * row.variance + epsilon)};
            if (explains(formula) || explains(withZeros) || explains(varianceOnly)) {
                return found(Cause.VARIANCE_FORMULA, "sums are divided by the padded length " + (long) padded);
            }
        }
        for (int missing = 1; missing < Math.min(length, 65); missing++) {
            int left = missing;
            if (explains(row -> without(row, left, n - left)) || explains(row -> without(row, left, n))) {
                return found(Cause.TERMS_MISSING, "the statistics leave out the last " + left + " elements of a row");
            }
        }
        return Optional.empty();
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
            for (Row row : rows) {
                double grid = type.ulp(row.inverse());
                if (row.slopeError * row.slope > grid / 20) {
                    continue;
                }
                seen++;
                slopes += Math.abs(row.slope - type.round(row.slope)) < 0.1 * grid ? 1 : 0;
                nearSlope += Math.abs(row.slope - row.inverse()) <= 1.5 * grid ? 1 : 0;
                double step = type.ulp(row.mean);
                centres += row.centreError < step / 20 && Math.abs(row.centre - type.round(row.centre)) < 0.1 * step
                        ? 1
                        : 0;
            }
            if (seen >= 8 && (slopes >= 0.9 * seen || centres >= 0.9 * seen) && nearSlope >= 0.8 * seen) {
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
        if (amplification > 100 && off > 1e-8 * amplification / 50 && off < 3e-6 * amplification && shift < 1e-2) {
            return found(
                    Cause.VARIANCE_FORMULA,
                    String.format(
                            Locale.ROOT,
                            "the variance loses digits where the mean is large: E(x^2) - E(x)^2, off by %.1e",
                            off));
        }
        if (amplification < 50 && shift < off / 20 && off > 1e-6 && off < 2e-2 && smooth()) {
            return found(
                    Cause.ROUGH_FUNCTION, String.format(Locale.ROOT, "the inverse square root is off by %.1e", off));
        }
        return Optional.empty();
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
