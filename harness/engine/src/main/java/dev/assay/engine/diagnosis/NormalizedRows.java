package dev.assay.engine.diagnosis;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Variance;
import dev.assay.operator.CallBuilder;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Operator;
import dev.assay.operator.Operators;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
    final boolean centred;
    final List<Row> rows = new ArrayList<>();

    private NormalizedRows(int length, double epsilon, boolean centred) {
        this.length = length;
        this.epsilon = epsilon;
        this.centred = centred;
    }

    /// One row of one run.
    static final class Row {
        final boolean ofCase;
        final double[] x;
        double mean;
        /// About which its line was fitted.
        double centre;

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

    /// How an output follows from its operands: `(Y - bias) / weight = (X - mean) · inverse` for each line.
    ///
    /// @param added to the data before it is normalised; empty text if nothing
    /// @param weight,bias empty text where there is none
    /// @param centred whether the mean is subtracted, and not taken for 0
    /// @param channels elements of the line for each weight; 0 if every element has its own
    /// @param groups lines until the weights start again, where `channels` is not 0
    /// @param factor on the inverse deviation
    private record Form(
            int output,
            String data,
            String added,
            String weight,
            String bias,
            boolean centred,
            TensorLines lines,
            double epsilon,
            long channels,
            long groups,
            double factor) {
        double part(Tensor values, long line, int k) {
            return values.get(channels == 0 ? k : line % groups * (lines.length() / channels) + k / channels);
        }
    }

    /// Operators whose outputs are straight lines over their rows.
    static boolean knows(String operator) {
        return FAMILY.contains(operator);
    }

    private static final Set<String> FAMILY = Set.of(
            "layer_normalization",
            "rms_normalization",
            "add_rms_normalization",
            "qk_normalization",
            "instance_normalization",
            "group_normalization",
            "mean_variance_normalization",
            "lp_normalization");

    private static Optional<Form> form(Call call, int output) {
        Shape x = call.inputs().getFirst().spec().orElseThrow().shape();
        double epsilon = call.attributes().findReal("epsilon").orElse(0);
        long perChannel = x.rank() < 2 ? 1 : x.slice(2, x.rank()).elements();
        TensorLines last = x.rank() == 0 ? TensorLines.along(x) : TensorLines.along(x, x.rank() - 1);
        return switch (call.operator()) {
            case "layer_normalization" ->
                output == 0
                        ? Optional.of(new Form(0, "X", "", "Scale", "B", true, trailing(call, x), epsilon, 0, 1, 1))
                        : Optional.empty();
            case "rms_normalization" ->
                Optional.of(new Form(0, "X", "", "scale", "", false, trailing(call, x), epsilon, 0, 1, 1));
            case "add_rms_normalization" ->
                output == 0
                        ? Optional.of(new Form(0, "X", "residual", "scale", "", false, last, epsilon, 0, 1, 1))
                        : Optional.empty();
            case "qk_normalization" -> {
                String one = output == 0 ? "q" : "k";
                Shape heads = call.input(one).shape();
                yield Optional.of(new Form(
                        output, one, "", one + "_scale", "", false, TensorLines.along(heads, 2), epsilon, 0, 1, 1));
            }
            case "instance_normalization" ->
                Optional.of(new Form(
                        0,
                        "input",
                        "",
                        "scale",
                        "B",
                        true,
                        TensorLines.trailing(x, 2),
                        epsilon,
                        perChannel,
                        x.dim(1),
                        1));
            case "group_normalization" -> {
                long groups = call.attributes().integer("num_groups");
                long length = x.dim(1) / groups * perChannel;
                TensorLines lines = TensorLines.along(Shape.of(x.dim(0) * groups, length), 1);
                yield Optional.of(new Form(0, "X", "", "scale", "bias", true, lines, epsilon, perChannel, groups, 1));
            }
            case "mean_variance_normalization" -> {
                int[] axes = call.attributes().integers("axes").stream()
                        .mapToInt(axis -> Math.toIntExact(Math.floorMod(axis, (long) x.rank())))
                        .toArray();
                yield Optional.of(new Form(0, "X", "", "", "", true, TensorLines.along(x, axes), 0, 0, 1, 1));
            }
            case "lp_normalization" -> {
                int axis = Math.toIntExact(Math.floorMod(call.attributes().integer("axis"), (long) x.rank()));
                TensorLines lines = TensorLines.along(x, axis);
                double factor = 1 / Math.sqrt(Math.max(1, lines.length()));
                yield call.attributes().integer("p") == 2
                        ? Optional.of(new Form(0, "input", "", "", "", false, lines, 0, 0, 1, factor))
                        : Optional.empty();
            }
            default -> Optional.empty();
        };
    }

    private static TensorLines trailing(Call call, Shape x) {
        return TensorLines.trailing(
                x, Math.toIntExact(Math.floorMod(call.attributes().integer("axis"), (long) x.rank())));
    }

    /// The rows of all runs, those of the case first; none if the lengths tell nothing.
    static NormalizedRows of(Evidence evidence, int output) {
        Optional<Form> form = form(evidence.call(), output);
        if (form.isEmpty()) {
            return new NormalizedRows(0, 0, false);
        }
        int length = form.get().lines().length();
        NormalizedRows all =
                new NormalizedRows(length, form.get().epsilon(), form.get().centred());
        if (length >= 4) {
            for (Evidence.Run run : evidence.runs()) {
                Held.all(evidence, run).stream()
                        .filter(held -> held.position == output)
                        .forEach(held -> all.read(held, form.get()));
            }
        }
        return all;
    }

    private void read(Held held, Form form) {
        boolean all = held.count() == held.shape.elements();
        boolean trailing = form.lines().number(0, length - 1) == length - 1;
        if (!all && !trailing) {
            return;
        }
        Inputs inputs = new Inputs(held.run.inputs());
        int count = held.count() / length;
        int step = Math.ceilDiv(count, Math.clamp(MOST_ELEMENTS / length, 1, MOST_ROWS));
        List<Row> some = new ArrayList<>();
        List<Long> lines = new ArrayList<>();
        for (int r = 0; r < count; r += step) {
            long line = all ? r : held.numbers[r * length] / length;
            Row row = new Row(held.run.dataSet().isEmpty(), form.lines().read(inputs.get(form.data()), line));
            if (!form.added().isEmpty()) {
                double[] more = form.lines().read(inputs.get(form.added()), line);
                for (int k = 0; k < length; k++) {
                    row.x[k] += more[k];
                }
            }
            double[] weight = new double[length];
            double[] bias = new double[length];
            int[] places = new int[length];
            for (int k = 0; k < length; k++) {
                weight[k] = form.factor() * part(form, inputs, form.weight(), line, k, 1);
                bias[k] = part(form, inputs, form.bias(), line, k, 0);
                places[k] = all ? (int) form.lines().number(line, k) : r * length + k;
            }
            some.add(row);
            lines.add(line);
            fit(held, row, places, weight, bias);
        }
        statistics(held.evidence, some);
        for (int r = 0; r < some.size(); r++) {
            Row row = some.get(r);
            if (Double.isFinite(row.mean) && Double.isFinite(row.inverse)) {
                finish(row);
                stored(held, row, lines.get(r));
                rows.add(row);
            }
        }
    }

    private static double part(Form form, Inputs inputs, String name, long line, int k, double none) {
        if (name.isEmpty() || !inputs.has(name)) {
            return none;
        }
        Tensor values = inputs.get(name);
        boolean one = form.channels() == 0
                && values.shape().elements() != form.lines().length();
        return one ? values.get(k % values.shape().elements()) : form.part(values, line, k);
    }

    /// What a layer normalisation says of the rows' statistics; of rows that are not centred, of each beside its
    /// mirror image, which has the mean 0 and the same squares.
    private void statistics(Evidence evidence, List<Row> some) {
        if (some.isEmpty()) {
            return;
        }
        int width = centred ? length : 2 * length;
        Tensor x = Tensor.allocate(TensorSpec.of(DType.F32, some.size(), width), Arena.ofAuto());
        Tensor ones = Tensor.allocate(TensorSpec.of(DType.F32, width), Arena.ofAuto());
        for (int k = 0; k < width; k++) {
            ones.set(k, 1);
            for (int r = 0; r < some.size(); r++) {
                x.set((long) r * width + k, k < length ? some.get(r).x[k] : -some.get(r).x[k - length]);
            }
        }
        Operator layer = Operators.named("layer_normalization", "the statistics of rows");
        Inputs inputs = new Inputs(Map.of("X", x, "Scale", ones));
        ComputeContract contract = evidence.contract();
        Oracle oracle = layer.oracle(asked(layer, x, ones, epsilon), inputs, contract);
        // Without epsilon, what moves the inverse is the variance alone.
        Oracle variances = layer.oracle(asked(layer, x, ones, 0), inputs, contract);
        Oracle cancelling = layer.oracle(
                asked(layer, x, ones, epsilon),
                inputs,
                contract.toBuilder().variance(Variance.NAIVE).build());
        for (int r = 0; r < some.size(); r++) {
            Row row = some.get(r);
            Region one = row(oracle, r);
            ExpectedBlock mean = expected(oracle, 1, one);
            ExpectedBlock inverse = expected(oracle, 2, one);
            ExpectedBlock rough = expected(cancelling, 2, one);
            boolean open = ((mean.flags()[0] | inverse.flags()[0]) & ExpectedBlock.ANY) != 0;
            row.mean = open ? Double.NaN : mean.values()[0] + mean.lows()[0];
            row.inverse = inverse.values()[0] + inverse.lows()[0];
            for (double value : row.x) {
                row.variance += (value - row.mean) * (value - row.mean) / length;
            }
            row.meanSigma = centred ? mean.sigmas()[0] : 0;
            row.meanError = centred ? mean.deterministic()[0] : 0;
            row.inverseSigma = inverse.sigmas()[0] / row.inverse;
            row.inverseError = inverse.deterministic()[0] / row.inverse;
            if (row.variance > 0) {
                ExpectedBlock alone = expected(variances, 2, one);
                row.varianceSigma = 2 * row.variance * alone.sigmas()[0] / alone.values()[0];
                row.varianceError = 2 * row.variance * alone.deterministic()[0] / alone.values()[0];
            }
            row.naiveSigma = Math.hypot(rough.sigmas()[0], rough.deterministic()[0]) / row.inverse;
        }
    }

    private static Call asked(Operator layer, Tensor x, Tensor ones, double epsilon) {
        return new CallBuilder(layer, "the statistics of rows")
                .input("X", x.spec())
                .input("Scale", ones.spec())
                .attribute("axis", new Attribute.Int(-1))
                .attribute("epsilon", new Attribute.Real(epsilon))
                .output("Mean")
                .output("InvStdDev")
                .build();
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
    private void fit(Held held, Row row, int[] places, double[] scale, double[] bias) {
        double centre = java.util.Arrays.stream(row.x).average().orElse(0);
        row.centre = Double.isFinite(centre) && centred ? centre : 0;
        double s = 0;
        double sx = 0;
        double sxx = 0;
        double sy = 0;
        double sxy = 0;
        int seen = 0;
        int finite = 0;
        double[] weights = new double[length];
        Set<Long> different = new HashSet<>();
        for (int k = 0; k < length; k++) {
            different.add(Double.doubleToLongBits(row.x[k])
                    + 31 * Double.doubleToLongBits(scale[k])
                    + 961 * Double.doubleToLongBits(bias[k]));
            double y = held.got[places[k]] - bias[k];
            if (Math.abs(scale[k]) < 1e-6) {
                continue;
            }
            seen++;
            if (!Double.isFinite(y)) {
                continue;
            }
            finite++;
            double ulp = Math.max(held.ulp(held.got[places[k]]), held.dtype.minSubnormal());
            double step = DType.F32.ulp(Math.max(Math.abs(y), Math.abs(held.got[places[k]])));
            double rounding = (ulp * ulp + 3 * step * step) / 12 / (scale[k] * scale[k]);
            double w = 1 / rounding;
            weights[k] = w;
            double u = row.x[k] - row.centre;
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
                double made = row.slope * (row.x[k] - row.centre) + row.shift;
                double off = (held.got[places[k]] - bias[k]) / scale[k] - made;
                rest += off * off * weights[k];
            }
        }
        row.residual = rest / finite;
        // Where few different results are possible, their roundings do not average out as the fit supposes.
        // Elements that are alike are rounded alike.
        double inflated = Math.sqrt(Math.max(1, row.residual) * length / different.size());
        row.slopeError = inflated * Math.sqrt(s / determinant) + Math.abs(row.slope) * DType.F32.unitRoundoff() / 2;
        row.shiftError = inflated * Math.sqrt(sxx / determinant) + Math.abs(row.shift) * DType.F32.unitRoundoff() / 2;
    }

    /// The fit was about the mean in f64; what is left of it belongs to the shift.
    private static void finish(Row row) {
        if (Double.isFinite(row.slopeError)) {
            row.shift += row.slope * (row.mean - row.centre);
        }
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
