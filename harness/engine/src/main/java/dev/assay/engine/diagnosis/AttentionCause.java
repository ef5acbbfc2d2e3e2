package dev.assay.engine.diagnosis;

import dev.assay.backend.Attribute;
import dev.assay.backend.Attributes;
import dev.assay.backend.Call;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Oracle;
import dev.assay.operator.Region;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/// Steps of a softmax that go wrong between scores and result.
///
/// Scores and values come from the operator's own reference. Some rows of the result are then formed again as known
/// wrong kernels form them, or with something between rounded.
final class AttentionCause {
    private static final int MOST_ROWS = 192;
    /// Logarithm of the odds at which a narrow sum is believed: 1 in 20,000.
    private static final double LEAD = 10;
    /// Rows that must tell: each is many elements that are right but for one and the same factor.
    private static final int FEWEST = 3;

    private final Held held;
    private final List<SoftmaxRow> rows = new ArrayList<>();
    private @Nullable AttentionCause first;

    private AttentionCause(Held held) {
        this.held = held;
    }

    /// A row as some kernel forms it.
    private interface Way {
        double[] of(SoftmaxRow row);
    }

    static Optional<Diagnosis> of(Held held) {
        Call call = held.evidence.call();
        if (!held.evidence.operator().name().equals("attention") || held.position != 0) {
            return Optional.empty();
        }
        AttentionCause cause = new AttentionCause(held);
        cause.read(call);
        return cause.rows.size() < 2 ? Optional.empty() : cause.find();
    }

    private void read(Call call) {
        Map<String, Attribute> attributes = new TreeMap<>(call.attributes().values());
        attributes.put("qk_matmul_output_mode", new Attribute.Int(2));
        Call asked =
                new Call(call.operator(), call.inputs(), call.outputs(), Attributes.of(attributes), call.constants());
        Oracle oracle = held.evidence.operator().oracle(asked, new Inputs(held.run.inputs()), held.evidence.contract());
        Shape scores = oracle.shape(3);
        Shape present = oracle.shape(2);
        int keys = Math.toIntExact(scores.dim(3));
        int size = Math.toIntExact(present.dim(3));
        boolean flat = held.shape.rank() == 3;
        int all = held.count() / Math.max(1, size);
        List<Integer> wrong = new ArrayList<>();
        for (int r = 0; r < all; r++) {
            boolean any = false;
            for (int c = 0; c < size; c++) {
                any |= held.wrong[r * size + c];
            }
            if (any || held.wrongs == 0) {
                wrong.add(r);
            }
        }
        int step = Math.max(1, wrong.size() / MOST_ROWS);
        ExpectedBlock block = new ExpectedBlock();
        Map<Long, double[][]> heads = new TreeMap<>();
        for (int w = 0; w < wrong.size(); w += step) {
            int first = wrong.get(w) * size;
            long[] at = held.at(first);
            long b = at[0];
            long h = flat ? at[2] / size : at[1];
            long s = flat ? at[1] : at[2];
            long g = h / (scores.dim(1) / present.dim(1));
            Region region = Region.of(new long[] {b, h, s, 0}, 1, 1, 1, keys);
            block.reset(region);
            oracle.expect(3, region, none(), block);
            double[] line = Arrays.copyOf(block.values(), keys);
            double[][] values = heads.computeIfAbsent(b * present.dim(1) + g, head -> {
                Region whole = Region.of(new long[] {b, g, 0, 0}, 1, 1, keys, size);
                ExpectedBlock copy = new ExpectedBlock();
                copy.reset(whole);
                oracle.expect(2, whole, none(), copy);
                double[][] lines = new double[keys][];
                for (int j = 0; j < keys; j++) {
                    lines[j] = Arrays.copyOfRange(copy.values(), j * size, (j + 1) * size);
                }
                return lines;
            });
            SoftmaxRow row = new SoftmaxRow(first, line, values);
            boolean finite = Double.isFinite(row.max);
            for (int c = 0; c < size; c++) {
                finite &= Double.isFinite(held.got[first + c]);
            }
            if (finite) {
                rows.add(row);
            }
        }
    }

    private static dev.assay.operator.Observed none() {
        return position -> {
            throw new IllegalStateException("no output is looked at");
        };
    }

    /// Mean square of the error in units of what is allowed, and the part of the elements within twice the bound.
    private double[] fit(Way way) {
        double sum = 0;
        int seen = 0;
        int right = 0;
        for (SoftmaxRow row : rows) {
            double[] made = way.of(row);
            for (int c = 0; c < row.size(); c++) {
                int i = row.at + c;
                double error = held.got[i] - made[c];
                double ulp = held.ulp(made[c]);
                double variance = held.sigma[i] * held.sigma[i] + ulp * ulp / 12;
                if (variance > 0 && !held.open[i]) {
                    sum += Double.isFinite(error) ? Math.min(1e6, error * error / variance) : 1e6;
                    right += Math.abs(error) <= 1.5 * held.limit(i) + ulp / 2 ? 1 : 0;
                    seen++;
                }
            }
        }
        return seen == 0 ? new double[] {1, 0} : new double[] {sum / seen, (double) right / seen};
    }

    private Optional<Diagnosis> find() {
        double now = fit(row -> {
            double[] p = row.weights();
            return row.mean(p, Arrays.stream(p).sum());
        })[0];
        return merged(now)
                .or(() -> grids(now))
                .or(this::denominator)
                .or(() -> rounded(now))
                .or(() -> RoughExponential.of(held, rows, now));
    }

    private boolean explains(double now, Way way) {
        double[] fit = fit(way);
        return now > 2 && fit[1] >= 0.97 && fit[0] < 0.2 * now && ofCase().fit(way)[1] >= 0.97;
    }

    /// The rows of the case, which what explains further data must give too.
    private AttentionCause ofCase() {
        if (held.run.dataSet().isEmpty()) {
            return this;
        }
        if (first == null) {
            Evidence evidence = held.evidence;
            first = new AttentionCause(
                    Held.all(evidence, evidence.runs().getFirst()).getFirst());
            first.read(evidence.call());
        }
        return first;
    }

    /// Parts of the keys that are put together wrongly.
    private Optional<Diagnosis> merged(double now) {
        for (int tile : new int[] {1, 2, 4, 8, 16, 32, 64, 128}) {
            for (int kind = 0; kind < 3; kind++) {
                int which = kind;
                if (explains(now, row -> unscaled(row, tile, which))) {
                    return Optional.of(new Diagnosis(
                            Cause.NOT_RESCALED,
                            "running sums over tiles of " + tile + " keys are not rescaled when the maximum grows"));
                }
            }
        }
        for (int parts : new int[] {2, 3, 4, 8, 16}) {
            for (double base : new double[] {2, 1, 10}) {
                if (explains(now, row -> split(row, parts, base, false))
                        || explains(now, row -> split(row, parts, base, true))) {
                    return Optional.of(new Diagnosis(
                            Cause.NOT_RESCALED,
                            parts + " parts of the keys are put together with weights "
                                    + (base == 1 ? "that are all equal" : "to base " + (int) base)));
                }
            }
        }
        return Optional.empty();
    }

    /// @param kind what is not rescaled: 0 both sums, 1 the values', 2 the weights'
    private static double[] unscaled(SoftmaxRow row, int tile, int kind) {
        double max = Double.NEGATIVE_INFINITY;
        double sum = 0;
        double[] result = new double[row.size()];
        for (int from = 0; from < row.scores.length; from += tile) {
            int to = Math.min(row.scores.length, from + tile);
            double before = max;
            for (int j = from; j < to; j++) {
                max = Math.max(max, row.scores[j]);
            }
            double shrink = before == Double.NEGATIVE_INFINITY ? 1 : Math.exp(before - max);
            if (kind == 1) {
                sum *= shrink;
            }
            for (int c = 0; c < result.length && kind == 2; c++) {
                result[c] *= shrink;
            }
            for (int j = from; j < to; j++) {
                double p = max == Double.NEGATIVE_INFINITY ? 0 : Math.exp(row.scores[j] - max);
                sum += p;
                for (int c = 0; c < result.length && p != 0; c++) {
                    result[c] += p * row.values[j][c];
                }
            }
        }
        for (int c = 0; c < result.length; c++) {
            result[c] /= sum;
        }
        return result;
    }

    /// @param even whether parts differ by one key at most; otherwise all but the last are equally long
    private static double[] split(SoftmaxRow row, int parts, double base, boolean even) {
        int keys = row.scores.length;
        int size = Math.ceilDiv(keys, parts);
        double[] weights = new double[row.scores.length];
        double total = 0;
        double largest = row.max + Math.log(row.scores.length);
        for (int part = 0; part < parts; part++) {
            int from = even ? keys * part / parts : Math.min(keys, part * size);
            int to = even ? keys * (part + 1) / parts : Math.min(keys, from + size);
            double sum = 0;
            for (int j = from; j < to; j++) {
                sum += Math.exp(row.scores[j] - row.max);
            }
            if (sum > 0) {
                double share = Math.pow(base, Math.log(sum) + row.max - largest);
                total += share;
                for (int j = from; j < to; j++) {
                    weights[j] = Math.exp(row.scores[j] - row.max) / sum * share;
                }
            }
        }
        return row.mean(weights, total);
    }

    /// Sums of weighted values, or of the weights, that are numbers of a narrow type: the last addition has rounded
    /// them.
    private Optional<Diagnosis> grids(double now) {
        // Data with one right answer have sums of few bits anyway.
        if (now <= 2 || !held.run.dataSet().isEmpty()) {
            return Optional.empty();
        }
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            double values = 0;
            double weights = 0;
            for (SoftmaxRow row : rows) {
                double[] p = row.weights();
                double sum = Arrays.stream(p).sum();
                double[] right = row.mean(p, sum);
                SoftmaxRow.Projection onto = row.onto(held.got, right);
                double noise = 0;
                for (int c = 0; c < row.size(); c++) {
                    int i = row.at + c;
                    double error = Math.hypot(held.sigma[i], held.ulp(held.got[i]) / Math.sqrt(12));
                    values += odds(held.got[i] * sum, right[c] * sum, error * sum, type);
                    noise += error * error;
                }
                double total = sum * onto.squares() / onto.products();
                weights += odds(total, sum, total * Math.sqrt(noise / row.size() / onto.squares()), type);
            }
            if (Math.max(values, weights) > LEAD) {
                return Optional.of(new Diagnosis(
                        Cause.NARROW_ACCUMULATOR,
                        (values > weights ? "sums of weighted values are" : "the sum of the weights is")
                                + " rounded to " + type));
            }
        }
        return Optional.empty();
    }

    /// Logarithm of the odds that a sum is a number of the type and not any; 0 where neither can be told.
    private static double odds(double sum, double right, double error, DType type) {
        double grid = type.ulp(sum);
        boolean tells = Math.abs(right - type.round(right)) > 0.1 * type.ulp(right);
        if (!tells || !(error < grid / 8) || !(error > 0) || !Double.isFinite(sum)) {
            return 0;
        }
        double z = (sum - type.round(sum)) / error;
        // One in 20 may be explained otherwise: the narrow sum may have been rescaled after its last addition.
        return Math.log(0.05 + 0.95 * Math.exp(-z * z / 2) * grid / error / Math.sqrt(2 * Math.PI));
    }

    /// Rows that are right but for one factor each: the sum that they are divided by is wrong.
    private Optional<Diagnosis> denominator() {
        int factors = 0;
        int missing = 0;
        int firstMissing = 0;
        int lastSeen = 0;
        int firstSeen = 0;
        int whole = 0;
        double constant = Double.NaN;
        boolean same = true;
        int seen = 0;
        int visiblyOff = 0;
        for (SoftmaxRow row : rows) {
            double[] p = row.weights();
            double sum = Arrays.stream(p).sum();
            double[] right = row.mean(p, sum);
            SoftmaxRow.Projection onto = row.onto(held.got, right);
            double factor = onto.products() / onto.squares();
            boolean one = Double.isFinite(factor);
            double noise = 0;
            for (int c = 0; one && c < row.size(); c++) {
                int i = row.at + c;
                one = Math.abs(held.got[i] - factor * right[c]) <= 1.5 * held.limit(i) + held.ulp(held.got[i]) / 2;
                noise += held.limit(i) * held.limit(i);
            }
            seen++;
            if (!one) {
                continue;
            }
            factors++;
            double reach = Math.sqrt(noise / onto.squares() / row.size()) * 2 + 1e-6;
            visiblyOff += Math.abs(factor - 1) > reach ? 1 : 0;
            double extra = sum / factor - sum;
            int last = row.scores.length - 1;
            while (last > 0 && p[last] == 0) {
                last--;
            }
            int first = 0;
            while (first < last && p[first] == 0) {
                first++;
            }
            double tolerance = 3 * reach * sum / factor;
            // A key that weighs no more than what may be off shows nothing.
            lastSeen += p[last] > 2 * tolerance ? 1 : 0;
            firstSeen += p[first] > 2 * tolerance ? 1 : 0;
            missing += Math.abs(extra + p[last]) < tolerance && p[last] > 2 * tolerance ? 1 : 0;
            firstMissing += Math.abs(extra + p[first]) < tolerance && p[first] > 2 * tolerance ? 1 : 0;
            double zeros = extra / Math.exp(-row.max);
            double nearest = Math.rint(zeros);
            if (nearest >= 1 && Math.abs(zeros - nearest) < Math.min(0.3, tolerance / Math.exp(-row.max))) {
                whole++;
                same &= Double.isNaN(constant) || constant == nearest;
                constant = nearest;
            }
        }
        if (factors < 0.95 * seen || visiblyOff < 0.5 * seen) {
            return Optional.empty();
        }
        boolean lastLacks = missing >= FEWEST && missing >= 0.95 * lastSeen;
        if (lastLacks || (firstMissing >= FEWEST && firstMissing >= 0.95 * firstSeen)) {
            return Optional.of(new Diagnosis(
                    Cause.TERMS_MISSING,
                    "the sum of the weights lacks the " + (lastLacks ? "last" : "first") + " visible key"));
        }
        if (whole >= 0.9 * seen) {
            return Optional.of(
                    same && (rows.getFirst().scores.length + (long) constant) % 8 == 0
                            ? new Diagnosis(Cause.MASK, (int) constant + " keys that are none count with a score of 0")
                            : new Diagnosis(
                                    Cause.NOT_RESCALED, "parts that see no key count in the sum of the weights"));
        }
        return Optional.empty();
    }

    /// Something between is rounded to a narrower type.
    private Optional<Diagnosis> rounded(double now) {
        String best = "";
        double bestFit = Double.POSITIVE_INFINITY;
        for (DType type : new DType[] {DType.BF16, DType.F16, DType.F8E4M3, DType.F8E5M2}) {
            DoubleUnaryOperator round = x -> Double.isInfinite(x) ? x : type.round(x);
            Map<String, Way> ways = Map.of(
                    "scores are stored in " + type,
                    row -> {
                        SoftmaxRow narrow = new SoftmaxRow(
                                row.at, Arrays.stream(row.scores).map(round).toArray(), row.values);
                        double[] p = narrow.weights();
                        return narrow.mean(p, Arrays.stream(p).sum());
                    },
                    "probabilities are stored in " + type,
                    row -> {
                        double[] p = row.weights();
                        return row.mean(
                                Arrays.stream(p).map(round).toArray(),
                                Arrays.stream(p).sum());
                    },
                    "probabilities are stored in " + type + " before they are summed",
                    row -> {
                        double[] p = Arrays.stream(row.weights()).map(round).toArray();
                        return row.mean(p, Arrays.stream(p).sum());
                    },
                    "normalised probabilities are stored in " + type,
                    row -> {
                        double[] p = row.weights();
                        double sum = Arrays.stream(p).sum();
                        return row.mean(
                                Arrays.stream(p)
                                        .map(x -> round.applyAsDouble(x / sum))
                                        .toArray(),
                                1);
                    });
            for (Map.Entry<String, Way> way : ways.entrySet()) {
                double fit = fit(way.getValue())[0];
                if (fit < bestFit) {
                    bestFit = fit;
                    best = way.getKey();
                }
            }
        }
        return now > 1.5 && bestFit < 0.35 * now && bestFit < 1.5
                ? Optional.of(new Diagnosis(Cause.NARROW_INTERMEDIATE, best))
                : Optional.empty();
    }
}
