package dev.assay.engine.diagnosis;

import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.TensorLines;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Sums of lines that were kept in fewer bits: what a kernel's sum was follows from its results, and is a number of the
/// narrow type, in whatever order it was added.
final class SumCause {
    /// Logarithm of the odds at which a grid is believed: 20,000 to 1, for two types are tried blindly.
    private static final double LEAD = 10;
    /// Largest magnitude for which exponentials and their sums are formed again.
    private static final double MOST = 1e30;

    private SumCause() {}

    /// How a result follows from the sum of a line.
    private enum Result {
        /// Each element of a line divided by the sum of all.
        QUOTIENT,
        /// Each element of a line less the logarithm of the sum of all.
        LOG_QUOTIENT,
        /// The logarithm of the sum.
        LOG,
        /// The square root of the sum.
        ROOT,
        /// The sum, or its mean.
        SUM
    }

    private enum Term {
        EXP,
        VALUE,
        SQUARE,
        MAGNITUDE
    }

    private record Form(Result shape, Term term) {}

    private static final Map<String, Form> FORMS = Map.ofEntries(
            Map.entry("softmax", new Form(Result.QUOTIENT, Term.EXP)),
            Map.entry("log_softmax", new Form(Result.LOG_QUOTIENT, Term.EXP)),
            Map.entry("logsumexp", new Form(Result.LOG, Term.EXP)),
            Map.entry("reduce_log_sum_exp", new Form(Result.LOG, Term.EXP)),
            Map.entry("reduce_log_sum", new Form(Result.LOG, Term.VALUE)),
            Map.entry("reduce_l2", new Form(Result.ROOT, Term.SQUARE)),
            Map.entry("reduce_l1", new Form(Result.SUM, Term.MAGNITUDE)),
            Map.entry("reduce_sum_square", new Form(Result.SUM, Term.SQUARE)),
            Map.entry("reduce_sum", new Form(Result.SUM, Term.VALUE)),
            Map.entry("reduce_mean", new Form(Result.SUM, Term.VALUE)));

    /// Operators whose sums follow from their results in a way of their own.
    private static final Map<String, Function<Held, List<double[]>>> OTHERS = Map.of(
            "cross_entropy", SumCause::ofLoss,
            "softmax_cross_entropy_loss", SumCause::ofLoss,
            "negative_log_likelihood_loss", SumCause::ofLoss,
            "cross_entropy_grad", SumCause::ofLossGradient,
            "softmax_cross_entropy_loss_grad", SumCause::ofLossGradient,
            "pairwise_distance", SumCause::ofDistance);

    static Optional<Diagnosis> of(List<Held> wrong) {
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            double odds = 0;
            int seen = 0;
            for (Held held : wrong) {
                Form form = FORMS.get(held.evidence.operator().name());
                Function<Held, List<double[]>> other =
                        OTHERS.get(held.evidence.operator().name());
                if (held.count() != held.shape.elements() || !held.dtype.isFloat()) {
                    return Optional.empty();
                }
                List<double[]> points;
                if (form != null) {
                    points = points(held, form);
                } else if (other != null) {
                    points = other.apply(held);
                } else {
                    return Optional.empty();
                }
                for (double[] point : points) {
                    double grid = type.ulp(point[1]);
                    boolean tells = Math.abs(point[0] - type.round(point[0])) > 0.1 * type.ulp(point[0]);
                    if (!(point[1] > 0) || !(point[2] < grid / 8) || !tells) {
                        continue;
                    }
                    double z = (point[1] - type.round(point[1])) / Math.max(point[2], grid * 1e-3);
                    odds += Math.log(0.05
                            + 0.95
                                    * Math.exp(-z * z / 2)
                                    * grid
                                    / Math.max(point[2], grid * 1e-3)
                                    / Math.sqrt(2 * Math.PI));
                    seen++;
                }
            }
            if (seen >= 3 && odds > LEAD) {
                return Optional.of(new Diagnosis(Cause.NARROW_ACCUMULATOR, "sums of lines are numbers of " + type));
            }
        }
        return Optional.empty();
    }

    private static TensorLines lines(Call call, Shape shape) {
        int rank = shape.rank();
        if (call.attributes().find("axis").isPresent()) {
            return TensorLines.along(
                    shape, Math.toIntExact(Math.floorMod(call.attributes().integer("axis"), (long) rank)));
        }
        List<Long> axes = call.constants().getOrDefault("axes", List.of());
        return TensorLines.along(
                shape,
                axes.isEmpty()
                        ? IntStream.range(0, rank).toArray()
                        : axes.stream()
                                .mapToInt(axis -> Math.toIntExact(Math.floorMod(axis, (long) rank)))
                                .toArray());
    }

    /// For each line that is wrong: its sum, what the kernel's was, and how far that is known.
    private static List<double[]> points(Held held, Form form) {
        Tensor x = new Inputs(held.run.inputs())
                .get(held.evidence.call().inputs().getFirst().name());
        TensorLines lines = lines(held.evidence.call(), x.shape());
        List<double[]> all = new java.util.ArrayList<>();
        boolean whole = form.shape() == Result.QUOTIENT || form.shape() == Result.LOG_QUOTIENT;
        long step = Math.max(1, lines.count() / 256);
        for (long line = 0; line < lines.count() && lines.length() > 1; line += step) {
            double[] values = lines.read(x, line);
            double top = Arrays.stream(values).max().orElse(0);
            double sum = 0;
            for (double value : values) {
                sum += switch (form.term()) {
                    case EXP -> Math.exp(value - top);
                    case VALUE -> value;
                    case SQUARE -> value * value;
                    case MAGNITUDE -> Math.abs(value);
                };
            }
            if (!(Math.abs(sum) < MOST) || Double.isNaN(top) || Double.isInfinite(top)) {
                continue;
            }
            double[] made = whole
                    ? ofLine(held, lines, line, form.shape(), sum, -1)
                    : ofResult(held, (int) line, form, top, sum, values.length);
            if (made.length > 0 && Double.isFinite(made[1]) && Double.isFinite(made[2])) {
                all.add(made);
            }
        }
        return all;
    }

    private static double[] ofResult(Held held, int i, Form form, double top, double sum, int length) {
        double got = held.got[i];
        if (!held.wrong[i] || !Double.isFinite(got)) {
            return new double[0];
        }
        double ulp = held.ulp(got) / Math.sqrt(12) + DType.F32.ulp(got) / 2;
        return switch (form.shape()) {
            case LOG -> {
                double made = Math.exp(form.term() == Term.EXP ? got - top : got);
                yield new double[] {sum, made, made * (ulp + DType.F32.ulp(Math.max(1, Math.abs(top))))};
            }
            case ROOT -> new double[] {sum, got * got, 2 * Math.abs(got) * ulp};
            default -> {
                boolean mean = held.evidence.operator().name().equals("reduce_mean");
                double by = mean ? length : 1;
                yield new double[] {Math.abs(sum), Math.abs(got) * by, ulp * by};
            }
        };
    }

    /// The sum of the losses of rows, or that of the exponentials of each row.
    private static List<double[]> ofLoss(Held held) {
        Call call = held.evidence.call();
        Inputs inputs = new Inputs(held.run.inputs());
        Tensor labels = inputs.get(call.hasInput("target") ? "target" : "labels");
        long ignored = call.attributes().findInteger("ignore_index").orElse(Long.MIN_VALUE);
        long counted = 0;
        for (long row = 0; row < labels.shape().elements(); row++) {
            counted += label(labels, row) == ignored ? 0 : 1;
        }
        String reduction = call.attributes().text("reduction");
        if (call.hasInput("weights") || call.hasInput("weight")) {
            return List.of();
        }
        if (!reduction.equals("none")) {
            double by = reduction.equals("mean") ? (double) counted : 1;
            double got = held.got[0];
            double ulp = held.ulp(got) / Math.sqrt(12) + DType.F32.ulp(got) / 2;
            return held.wrong[0] && Double.isFinite(got)
                    ? List.of(new double[] {Math.abs(held.want[0]) * by, Math.abs(got) * by, ulp * by})
                    : List.of();
        }
        Tensor x = inputs.get(call.inputs().getFirst().name());
        TensorLines lines = TensorLines.along(x.shape(), 1);
        List<double[]> all = new java.util.ArrayList<>();
        for (int i = 0; i < held.count() && call.operator().contains("cross_entropy") && isBare(call); i++) {
            if (held.wrong[i] && label(labels, held.numbers[i]) != ignored) {
                double[] values = lines.read(x, held.numbers[i]);
                double top = Arrays.stream(values).max().orElse(0);
                double sum = Arrays.stream(values)
                        .map(value -> Math.exp(value - top))
                        .sum();
                double own = values[(int) label(labels, held.numbers[i])];
                double made = Math.exp(held.got[i] + own - top);
                double ulp = held.ulp(held.got[i]) / Math.sqrt(12) + DType.F32.ulp(Math.max(1, Math.abs(own)));
                all.add(new double[] {sum, made, made * ulp});
            }
        }
        all.removeIf(point -> !(point[0] < MOST) || !Double.isFinite(point[1]) || !Double.isFinite(point[2]));
        return all;
    }

    /// The sum of the exponentials of each row, from the gradients of the scores that are not the label's.
    private static List<double[]> ofLossGradient(Held held) {
        Call call = held.evidence.call();
        Inputs inputs = new Inputs(held.run.inputs());
        Tensor x = inputs.get(call.hasInput("logits") ? "logits" : "scores");
        Tensor labels = inputs.get("labels");
        long ignored = call.attributes().findInteger("ignore_index").orElse(Long.MIN_VALUE);
        TensorLines lines = TensorLines.along(x.shape(), 1);
        List<double[]> all = new java.util.ArrayList<>();
        for (long row = 0; row < lines.count() && isBare(call); row++) {
            long label = label(labels, row);
            double[] values = lines.read(x, row);
            double top = Arrays.stream(values).max().orElse(0);
            double sum =
                    Arrays.stream(values).map(value -> Math.exp(value - top)).sum();
            if (label != ignored && sum < MOST) {
                double[] made = ofLine(held, lines, row, Result.QUOTIENT, sum, label);
                if (made.length > 0 && Double.isFinite(made[1]) && Double.isFinite(made[2])) {
                    all.add(made);
                }
            }
        }
        return all;
    }

    /// The sum of squares under a root.
    private static List<double[]> ofDistance(Held held) {
        List<double[]> all = new java.util.ArrayList<>();
        for (int i = 0; i < held.count(); i++) {
            double got = held.got[i];
            if (held.wrong[i] && Double.isFinite(got) && Double.isFinite(held.want[i])) {
                double ulp = held.ulp(got) / Math.sqrt(12) + DType.F32.ulp(got) / 2;
                all.add(new double[] {held.want[i] * held.want[i], got * got, 2 * Math.abs(got) * ulp});
            }
        }
        return all;
    }

    /// Whether losses are logarithms of probabilities and nothing else.
    private static boolean isBare(Call call) {
        return Stream.of("label_smoothing", "z_loss")
                .allMatch(name -> call.attributes().find(name).isEmpty()
                        || call.attributes().real(name) == 0);
    }

    private static long label(Tensor labels, long row) {
        return labels.dtype().decodeLong(labels.codeAt(labels.position(row)));
    }

    /// The weighted mean over all results of the line.
    ///
    /// @param apart place of one that follows otherwise; negative for none
    private static double[] ofLine(Held held, TensorLines lines, long line, Result shape, double sum, long apart) {
        double weights = 0;
        double mean = 0;
        boolean wrong = false;
        for (int k = 0; k < lines.length(); k++) {
            if (k == apart) {
                continue;
            }
            int i = (int) lines.number(line, k);
            double want = held.want[i];
            if (held.open[i] || !Double.isFinite(held.got[i]) || !Double.isFinite(want) || want == 0) {
                continue;
            }
            wrong |= held.wrong[i];
            boolean quotient = shape == Result.QUOTIENT;
            double off = quotient ? held.got[i] / want : held.got[i] - want;
            double unit = quotient ? Math.abs(want) : 1;
            double error = Math.hypot(held.ulp(held.got[i]), DType.F32.ulp(held.got[i])) / Math.sqrt(12) / unit;
            double weight = 1 / (error * error);
            weights += weight;
            mean += weight * off;
        }
        if (!wrong || weights == 0) {
            return new double[0];
        }
        double off = mean / weights;
        double error = Math.sqrt(1 / weights) + 0x1p-25;
        return shape == Result.QUOTIENT
                ? new double[] {sum, sum / off, sum / off * error}
                : new double[] {sum, sum * Math.exp(-off), sum * Math.exp(-off) * error};
    }
}
