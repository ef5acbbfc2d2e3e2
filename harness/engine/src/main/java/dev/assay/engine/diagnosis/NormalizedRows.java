package dev.assay.engine.diagnosis;

import dev.assay.backend.Attribute;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Variance;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What the rows of a normalised output say about the statistics that the kernel used.
///
/// Each is a straight line over its row of the input, `(Y - B) / Scale = slope · (X - mean) + shift`: the slope is the
/// kernel's inverse deviation, and `mean - shift / slope` its mean.
final class NormalizedRows {
    /// Rows of a run that are looked at: their elements cost some passes each.
    private static final int MOST_ELEMENTS = 1 << 18;

    private static final int MOST_ROWS = 128;

    final int length;
    final double epsilon;
    final List<Row> rows = new ArrayList<>();

    private NormalizedRows(int length, double epsilon) {
        this.length = length;
        this.epsilon = epsilon;
    }

    /// One row of one run.
    static final class Row {
        final boolean ofCase;
        final double[] x;
        double mean;
        double variance;
        double inverse;
        /// Standard deviation and bound of what the contract allows the statistics, the inverse's relative to it.
        double meanSigma;

        double meanError;
        double inverseSigma;
        double inverseError;
        /// The same of the variance.
        double varianceSigma;

        double varianceError;
        /// The inverse's if the variance is the difference of two means.
        double naiveSigma;

        double slope;
        double shift;
        /// Standard errors of both.
        double slopeError = Double.POSITIVE_INFINITY;

        double shiftError = Double.POSITIVE_INFINITY;
        /// Mean square of what the line leaves, in units of the final rounding.
        double residual;
        /// Whether all of the row is NaN or infinite.
        boolean broken;

        Row(boolean ofCase, double[] x) {
            this.ofCase = ofCase;
            this.x = x;
        }
    }

    /// The rows of all runs, those of the case first; none if the lengths tell nothing.
    static NormalizedRows of(Evidence evidence) {
        Call call = evidence.call();
        Shape x = call.input("X").shape();
        int axis = Math.toIntExact(call.attributes().integer("axis"));
        axis = axis < 0 ? axis + x.rank() : axis;
        int length = Math.toIntExact(x.slice(axis, x.rank()).elements());
        NormalizedRows all = new NormalizedRows(length, call.attributes().real("epsilon"));
        if (length >= 4) {
            for (Evidence.Run run : evidence.runs()) {
                Held.all(evidence, run).stream()
                        .filter(held -> held.position == 0)
                        .forEach(all::read);
            }
        }
        return all;
    }

    private void read(Held held) {
        Inputs inputs = new Inputs(held.run.inputs());
        Evidence evidence = held.evidence;
        Oracle oracle = evidence.operator().oracle(evidence.call(), inputs, evidence.contract());
        ComputeContract naive =
                evidence.contract().toBuilder().variance(Variance.NAIVE).build();
        // Without epsilon, what moves the inverse is the variance alone.
        Map<String, Attribute> attributes =
                new TreeMap<>(evidence.call().attributes().values());
        attributes.put("epsilon", new Attribute.Real(0));
        Call call = evidence.call();
        Call bare =
                new Call(call.operator(), call.inputs(), call.outputs(), Attributes.of(attributes), call.constants());
        Oracle variances = evidence.operator().oracle(bare, inputs, evidence.contract());
        Oracle cancelling = evidence.operator().oracle(evidence.call(), inputs, naive);
        double[] scale = new double[length];
        double[] bias = new double[length];
        inputs.get("Scale").decode(0, length, scale, 0);
        if (inputs.has("B")) {
            inputs.get("B").decode(0, length, bias, 0);
        }
        int all = held.count() / length;
        int most = Math.clamp(MOST_ELEMENTS / length, 1, MOST_ROWS);
        int step = Math.ceilDiv(all, most);
        for (int r = 0; r < all; r += step) {
            long number = held.numbers[r * length] / length;
            double[] values = new double[length];
            inputs.get("X").decode(number * length, length, values, 0);
            Row row = new Row(held.run.dataSet().isEmpty(), values);
            Region one = row(oracle, number);
            ExpectedBlock mean = expected(oracle, 1, one);
            ExpectedBlock inverse = expected(oracle, 2, one);
            ExpectedBlock rough = expected(cancelling, 2, one);
            row.mean = mean.values()[0] + mean.lows()[0];
            row.inverse = inverse.values()[0] + inverse.lows()[0];
            boolean open = ((mean.flags()[0] | inverse.flags()[0]) & ExpectedBlock.ANY) != 0;
            if (open || !Double.isFinite(row.mean) || !Double.isFinite(row.inverse)) {
                continue;
            }
            for (double value : values) {
                row.variance += (value - row.mean) * (value - row.mean) / length;
            }
            row.meanSigma = mean.sigmas()[0];
            row.meanError = mean.deterministic()[0];
            row.inverseSigma = inverse.sigmas()[0] / row.inverse;
            row.inverseError = inverse.deterministic()[0] / row.inverse;
            if (row.variance > 0) {
                ExpectedBlock alone = expected(variances, 2, one);
                row.varianceSigma = 2 * row.variance * alone.sigmas()[0] / alone.values()[0];
                row.varianceError = 2 * row.variance * alone.deterministic()[0] / alone.values()[0];
            }
            row.naiveSigma = Math.hypot(rough.sigmas()[0], rough.deterministic()[0]) / row.inverse;
            fit(held, row, r * length, scale, bias);
            stored(held, row, number);
            rows.add(row);
        }
    }

    private static Region row(Oracle oracle, long number) {
        Shape shape = oracle.shape(1);
        long[] ones = new long[shape.rank()];
        java.util.Arrays.fill(ones, 1);
        return Region.of(shape.coordinates(number), ones);
    }

    private static ExpectedBlock expected(Oracle oracle, int output, Region region) {
        ExpectedBlock block = new ExpectedBlock();
        block.reset(region);
        oracle.expect(
                output,
                region,
                position -> {
                    throw new IllegalStateException("no output is looked at");
                },
                block);
        return block;
    }

    /// Least squares, each element weighted by its own roundings: that of the result, and those of three steps in f32.
    private void fit(Held held, Row row, int at, double[] scale, double[] bias) {
        double s = 0;
        double sx = 0;
        double sxx = 0;
        double sy = 0;
        double sxy = 0;
        int seen = 0;
        int finite = 0;
        double[] weights = new double[length];
        for (int k = 0; k < length; k++) {
            double y = held.got[at + k] - bias[k];
            if (Math.abs(scale[k]) < 1e-6) {
                continue;
            }
            seen++;
            if (!Double.isFinite(y)) {
                continue;
            }
            finite++;
            double ulp = Math.max(held.ulp(held.got[at + k]), held.dtype.minSubnormal());
            double step = DType.F32.ulp(Math.max(Math.abs(y), Math.abs(held.got[at + k])));
            double rounding = (ulp * ulp + 3 * step * step) / 12 / (scale[k] * scale[k]);
            double w = 1 / rounding;
            weights[k] = w;
            double u = row.x[k] - row.mean;
            s += w;
            sx += w * u;
            sxx += w * u * u;
            sy += w * y / scale[k];
            sxy += w * u * y / scale[k];
        }
        row.broken = finite == 0;
        double determinant = s * sxx - sx * sx;
        if (finite < 4 || 2 * finite < seen) {
            return;
        }
        if (!(determinant > 1e-12 * s * sxx) || !Double.isFinite(determinant)) {
            row.shift = sy / s;
            row.shiftError = Math.sqrt(1 / s);
            return;
        }
        row.slope = (s * sxy - sx * sy) / determinant;
        row.shift = (sxx * sy - sx * sxy) / determinant;
        double rest = 0;
        for (int k = 0; k < length; k++) {
            if (weights[k] > 0) {
                double made = row.slope * (row.x[k] - row.mean) + row.shift;
                double off = (held.got[at + k] - bias[k]) / scale[k] - made;
                rest += off * off * weights[k];
            }
        }
        row.residual = rest / finite;
        // Where few different results are possible, their roundings do not average out as the fit supposes.
        double inflated = Math.sqrt(Math.max(1, row.residual));
        row.slopeError = inflated * Math.sqrt(s / determinant) + Math.abs(row.slope) * DType.F32.unitRoundoff() / 2;
        row.shiftError = inflated * Math.sqrt(sxx / determinant) + Math.abs(row.shift) * DType.F32.unitRoundoff() / 2;
    }

    /// The statistics themselves, where they are outputs and those of the line.
    private static void stored(Held held, Row row, long number) {
        Tensor inverse = held.run.outputs().get("InvStdDev");
        Tensor mean = held.run.outputs().get("Mean");
        if (inverse == null || mean == null || !Double.isFinite(row.slopeError)) {
            return;
        }
        double slope = inverse.get(number);
        double shift = slope * (row.mean - mean.get(number));
        if (Math.abs(slope - row.slope) <= 5 * row.slopeError && Math.abs(shift - row.shift) <= 5 * row.shiftError) {
            row.slope = slope;
            row.slopeError = inverse.dtype().ulp(slope) / 2;
            row.shift = shift;
            row.shiftError = Math.abs(slope) * mean.dtype().ulp(mean.get(number)) / 2;
        }
    }
}
