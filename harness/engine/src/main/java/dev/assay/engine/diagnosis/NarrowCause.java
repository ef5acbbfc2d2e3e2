package dev.assay.engine.diagnosis;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Arithmetic that is narrower than declared, by the size of the errors and by the digits of the results.
///
/// The error models of the operator say how large the error of each element would be under other contracts. The one
/// under which what was seen is most likely is named, if no other kind comes near it. This does not depend on the
/// order in which a device adds.
final class NarrowCause {
    /// Mean log-likelihood per element by which the best kind must lead.
    private static final double MARGIN = 0.05;

    private static final int FEWEST = 200;
    private static final int FEW = 24;

    /// @param spared the output that stays right; empty for none
    private record Hypothesis(
            Cause cause, String sentence, ComputeContract contract, double least, double most, String spared) {
        Hypothesis(Cause cause, String sentence, ComputeContract contract, double least, double most) {
            this(cause, sentence, contract, least, most, "");
        }
    }

    /// @param typical whether the middle error is as large as the mean square says, and not a few errors all of it
    private record Score(Hypothesis hypothesis, double likelihood, double scale, boolean typical) {}

    private NarrowCause() {}

    /// Operators whose results are sums of products and nothing else, and those that have a softmax between two.
    private static final Set<String> SUMS = Set.of("matmul", "linear_grad", "matmul_grad", "conv_grad");

    private static final Set<String> ATTENTIONS = Set.of("attention", "attention_grad");

    private static boolean isSum(Held held) {
        return SUMS.contains(held.evidence.operator().name());
    }

    private static boolean isProduct(Held held) {
        return isSum(held) || ATTENTIONS.contains(held.evidence.operator().name());
    }

    /// Results of lines are fewer than those of products, and each of them is made of more.
    private static int fewest(Held held) {
        return isProduct(held) ? FEWEST : FEW / 2;
    }

    /// Results of an operator of the vector units that have fewer digits than their type.
    private static Optional<Diagnosis> fewDigits(Held held) {
        int precision = held.dtype.precision();
        if (precision < 20 || isProduct(held)) {
            return Optional.empty();
        }
        int[] used = new int[60];
        int seen = 0;
        for (int i = 0; i < held.count(); i++) {
            double got = held.got[i];
            boolean told = !held.open[i] && got != 0 && Double.isFinite(got) && Double.isFinite(held.want[i]);
            if (told && held.wrong[i]) {
                used[bits(got)]++;
                seen++;
            }
        }
        int most = 0;
        int cumulated = used[0];
        while (most < used.length - 1 && cumulated < 0.98 * seen) {
            cumulated += used[++most];
        }
        int full = 0;
        int once = 0;
        for (int i = 0; i < held.count(); i++) {
            if (held.wrong[i] && Double.isFinite(held.want[i])) {
                full += bits(held.dtype.round(held.want[i])) > most + 3 ? 1 : 0;
                once += held.got[i] == RoundingCause.toBits(held.want[i], most) ? 1 : 0;
            }
        }
        // Twelve results each lack as many digits as no chance makes them lack.
        if (seen < FEW / 2 || most < 3 || most > precision - 4 || full < 0.9 * seen) {
            return Optional.empty();
        }
        boolean stored = most <= 8 || most == 11;
        About.Errors errors = held.evidence.operator().about().errors();
        if (stored && once < 0.9 * seen) {
            boolean sums = errors == About.Errors.REDUCTION
                    || held.evidence.operator().about().formula().contains("Σ");
            return sums
                    ? Optional.of(new Diagnosis(
                            Cause.NARROW_ACCUMULATOR,
                            "results have " + most + " significant bits: sums are kept in "
                                    + (most <= 8 ? "bf16" : "f16")))
                    : Optional.empty();
        }
        return Optional.of(
                stored
                        ? new Diagnosis(
                                Cause.NARROW_INTERMEDIATE, "results are rounded to " + most + " bits on their way")
                        : new Diagnosis(
                                Cause.ROUGH_FUNCTION, "results are right to " + most + " significant bits only"));
    }

    static Optional<Diagnosis> of(Held held) {
        if (held.count() < fewest(held)) {
            return Optional.empty();
        }
        return NormalizedRows.knows(held.evidence.operator().name())
                ? Optional.empty()
                : digits(held)
                        .or(() -> parts(held))
                        .or(() -> fewDigits(held))
                        .or(() -> held.count() < FEW ? Optional.empty() : likeliest(held));
    }

    /// Gradients of keys and values that are put together from those of several heads, and have fewer digits than that
    /// of
    /// the queries, which is not.
    private static Optional<Diagnosis> parts(Held held) {
        Call call = held.evidence.call();
        boolean shared = call.operator().equals("attention_grad") && !held.name.equals("dQ") && sharesHeads(call);
        if (!shared || held.dtype.precision() <= DType.BF16.precision() || digitsOf(held) > DType.BF16.precision()) {
            return Optional.empty();
        }
        boolean others = others(held).stream()
                .anyMatch(other -> other.name.equals("dQ") && digitsOf(other) > DType.BF16.precision());
        return others
                ? Optional.of(new Diagnosis(
                        Cause.NARROW_PARTIALS, "gradients of keys and values are put together from parts in bf16"))
                : Optional.empty();
    }

    private static boolean sharesHeads(Call call) {
        return call.input("Q").shape().rank() == 4
                ? call.input("Q").shape().dim(1) != call.input("K").shape().dim(1)
                : call.attributes().integer("q_num_heads") != call.attributes().integer("kv_num_heads");
    }

    /// The other outputs of the same run.
    private static List<Held> others(Held held) {
        return Held.all(held.evidence, held.run).stream()
                .filter(other -> other.relation < 0 && other.position != held.position)
                .toList();
    }

    /// Whether an output that is right says that this cannot be: it would be as wrong as the others.
    private static boolean denied(Hypothesis hypothesis, Held held, List<Held> right) {
        boolean spares = hypothesis.spared().isEmpty()
                || right.stream().anyMatch(other -> other.name.equals(hypothesis.spared()));
        if (!spares || held.name.equals(hypothesis.spared())) {
            return true;
        }
        return right.stream()
                .filter(other -> !other.name.equals(hypothesis.spared()))
                .map(other -> score(other, hypothesis))
                .anyMatch(score -> score.scale() > 0 && score.scale() < hypothesis.least() / 4);
    }

    /// Whether results have more digits than this arithmetic leaves them; 0 digits tell nothing.
    private static boolean excluded(Hypothesis hypothesis, int digits) {
        ComputeContract contract = hypothesis.contract();
        if (contract.accumulator() instanceof Accumulator.Floating(DType type)
                && hypothesis.cause() == Cause.NARROW_ACCUMULATOR) {
            return digits > type.precision();
        }
        return contract.partials() instanceof Stored.As(DType type)
                && hypothesis.cause() == Cause.NARROW_PARTIALS
                && digits > type.precision() + 8;
    }

    /// Significant bits that nearly all results get by with.
    private static int digitsUsed(Held held) {
        return isSum(held) ? digitsOf(held) : 0;
    }

    private static int digitsOf(Held held) {
        int[] used = new int[60];
        int seen = 0;
        for (int i = 0; i < held.count(); i++) {
            double got = held.got[i];
            if (!held.open[i] && got != 0 && Double.isFinite(got)) {
                used[bits(got)]++;
                seen++;
            }
        }
        int cumulated = 0;
        for (int b = 0; b < used.length; b++) {
            cumulated += used[b];
            if (cumulated >= 0.98 * seen) {
                return b;
            }
        }
        return used.length;
    }

    /// Results that use fewer digits than their type has.
    private static Optional<Diagnosis> digits(Held held) {
        if (held.dtype.precision() < 20 || !isSum(held)) {
            return Optional.empty();
        }
        int[] used = new int[60];
        int seen = 0;
        int full = 0;
        int once8 = 0;
        int once11 = 0;
        for (int i = 0; i < held.count(); i++) {
            double got = held.got[i];
            if (held.open[i] || got == 0 || !Double.isFinite(got)) {
                continue;
            }
            seen++;
            used[bits(got)]++;
            full += bits(held.dtype.round(held.want[i])) > 18 ? 1 : 0;
            once8 += got == RoundingCause.toBits(held.want[i], 8) ? 1 : 0;
            once11 += got == RoundingCause.toBits(held.want[i], 11) ? 1 : 0;
        }
        if (seen < FEWEST || full < 0.9 * seen) {
            return Optional.empty();
        }
        int most = 59;
        int cumulated = 0;
        for (int b = 0; b < used.length; b++) {
            cumulated += used[b];
            if (cumulated >= 0.98 * seen) {
                most = b;
                break;
            }
        }
        if (most <= 8 || most == 11) {
            boolean once = Math.max(once8, once11) > 0.9 * seen;
            return Optional.of(
                    once
                            ? new Diagnosis(
                                    Cause.NARROW_INTERMEDIATE, "results are rounded to " + most + " bits on their way")
                            : new Diagnosis(
                                    Cause.NARROW_ACCUMULATOR,
                                    "results have " + most + " significant bits: sums are kept in "
                                            + (most <= 8 ? "bf16" : "f16")));
        }
        return Optional.empty();
    }

    private static int bits(double value) {
        return 53 - Math.min(52, Long.numberOfTrailingZeros(Double.doubleToRawLongBits(value) | 1L << 52));
    }

    private static List<Hypothesis> hypotheses(Held held) {
        ComputeContract declared = held.evidence.contract();
        List<Hypothesis> all = new ArrayList<>();
        String operator = held.evidence.operator().name();
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            all.add(new Hypothesis(
                    Cause.NARROW_ACCUMULATOR,
                    "sums are kept in " + type,
                    declared.toBuilder().accumulator(type).build(),
                    0.2,
                    3));
            if (isSum(held)) {
                for (int parts : new int[] {2, 4, 8}) {
                    all.add(new Hypothesis(
                            Cause.NARROW_PARTIALS,
                            "partial sums are stored in " + type,
                            declared.toBuilder()
                                    .partials(Stored.as(type), parts)
                                    .build(),
                            0.6,
                            1.4));
                }
            }
            if (ATTENTIONS.contains(operator)) {
                all.add(intermediate(
                        "scores are stored in " + type, declared.toBuilder().scores(Stored.as(type))));
                all.add(intermediate(
                        "probabilities are stored in " + type,
                        declared.toBuilder().probabilities(Stored.as(type))));
            }
        }
        if (!isProduct(held)) {
            all.addAll(ofVectorUnits(declared));
        }
        if (operator.equals("attention_grad")) {
            for (DType type : new DType[] {DType.BF16, DType.F16}) {
                all.add(intermediate(
                        "what is kept of each query is stored in " + type,
                        declared.toBuilder().statistics(Stored.as(type))));
                // Gradients of values do not go by these, and gradients of scores are as large as what they are made
                // of.
                for (ComputeContract.Builder contract : List.of(
                        declared.toBuilder().probabilities(Stored.as(type)),
                        declared.toBuilder().statistics(Stored.as(type)))) {
                    all.add(new Hypothesis(
                            Cause.NARROW_INTERMEDIATE,
                            "gradients of scores are stored in " + type,
                            contract.build(),
                            0.4,
                            1.5,
                            "dV"));
                }
            }
        }
        if (operator.equals("attention")) {
            all.add(intermediate(
                    "probabilities are stored in f8e4m3", declared.toBuilder().probabilities(Stored.as(DType.F8E4M3))));
            all.add(new Hypothesis(
                    Cause.ROUGH_FUNCTION,
                    "exponentials are rough",
                    declared.toBuilder().expUlps(1024).build(),
                    0.2,
                    5));
        }
        if (operator.equals("matmul")) {
            all.add(new Hypothesis(
                    Cause.NARROW_ACCUMULATOR,
                    "sums keep 14 bits",
                    declared.toBuilder()
                            .accumulator(new Accumulator.Aligned(13, 16))
                            .build(),
                    0.2,
                    3));
        }
        return all;
    }

    /// What steps behind or without a sum may lack.
    private static List<Hypothesis> ofVectorUnits(ComputeContract declared) {
        List<Hypothesis> all = new ArrayList<>();
        for (double ulps : new double[] {64, 1024, 16384}) {
            all.add(new Hypothesis(
                    Cause.ROUGH_FUNCTION,
                    "functions are rough",
                    declared.toBuilder()
                            .expUlps(ulps)
                            .functionUlps(ulps)
                            .tanhUlps(ulps)
                            .build(),
                    0.1,
                    4));
            all.add(new Hypothesis(
                    Cause.ROUGH_FUNCTION,
                    "divisions are rough",
                    declared.toBuilder().divideUlps(ulps).build(),
                    0.1,
                    4));
        }
        for (DType type : new DType[] {DType.BF16, DType.F16}) {
            all.add(intermediate(
                    "results of steps are stored in " + type,
                    declared.toBuilder().intermediates(Stored.as(type))));
            all.add(intermediate(
                    "statistics of lines are stored in " + type,
                    declared.toBuilder().statistics(Stored.as(type))));
        }
        return all;
    }

    private static Hypothesis intermediate(String sentence, ComputeContract.Builder contract) {
        return new Hypothesis(Cause.NARROW_INTERMEDIATE, sentence, contract.build(), 0.6, 1.5);
    }

    private static Optional<Diagnosis> likeliest(Held held) {
        if (!held.run.inputs().values().stream().allMatch(dev.assay.tensor.Tensor::isFinite) || mostlyExact(held)) {
            return Optional.empty();
        }
        Score declared = score(held, new Hypothesis(Cause.UNKNOWN, "", held.evidence.contract(), 0.05, 1.3));
        if (held.evidence.operator().name().equals("matmul") && cutOff(held)) {
            return Optional.of(new Diagnosis(
                    Cause.TRUNCATION, "results are too small in magnitude throughout: additions are cut off"));
        }
        List<Score> scores = new ArrayList<>();
        int digits = held.dtype.precision() < 20 ? 0 : digitsUsed(held);
        List<Held> right = ATTENTIONS.contains(held.evidence.operator().name())
                ? others(held).stream().filter(other -> other.wrongs == 0).toList()
                : List.of();
        for (Hypothesis hypothesis : hypotheses(held)) {
            if (excluded(hypothesis, digits) || denied(hypothesis, held, right)) {
                continue;
            }
            Score score = score(held, hypothesis);
            if (score.typical() && score.scale() >= hypothesis.least() && score.scale() <= hypothesis.most()) {
                scores.add(score);
            }
        }
        scores.sort(Comparator.comparingDouble(Score::likelihood).reversed());
        double margin = Math.max(MARGIN, 60.0 / held.count());
        if (scores.isEmpty() || scores.getFirst().likelihood() < declared.likelihood() + margin) {
            return Optional.empty();
        }
        Score best = scores.getFirst();
        // Errors of a function are in proportion to its result.
        boolean rough = best.hypothesis().cause() == Cause.ROUGH_FUNCTION && !isProduct(held);
        if (!rough && best.likelihood() < shapeless(held) + MARGIN / 2) {
            return Optional.empty();
        }
        for (Score other : scores) {
            if (other.hypothesis().cause() != best.hypothesis().cause()
                    && other.likelihood() > best.likelihood() - 2 * margin) {
                return Optional.empty();
            }
        }
        return Optional.of(new Diagnosis(
                best.hypothesis().cause(),
                String.format(
                        Locale.ROOT,
                        "errors are as large, and where, as if %s",
                        best.hypothesis().sentence())));
    }

    /// Whether only one value is right for most elements, so that sizes of errors tell nothing.
    private static boolean mostlyExact(Held held) {
        int exact = 0;
        for (int i = 0; i < held.count(); i++) {
            exact += held.sigma[i] == 0 && held.deterministic[i] == 0 ? 1 : 0;
        }
        return 2 * exact > held.count();
    }

    /// Errors toward zero that are larger than the final rounding.
    private static boolean cutOff(Held held) {
        double sum = 0;
        double squares = 0;
        int seen = 0;
        int toward = 0;
        for (int i = 0; i < held.count(); i++) {
            double error = (held.got[i] - held.want[i]) * Math.signum(held.want[i]);
            double ulp = held.ulp(held.want[i]);
            if (held.open[i] || !Double.isFinite(error) || held.want[i] == 0 || held.sigma[i] == 0) {
                continue;
            }
            double z = error / Math.sqrt(held.sigma[i] * held.sigma[i] + ulp * ulp / 12);
            sum += z;
            squares += z * z;
            toward += error < 0 ? 1 : 0;
            seen++;
        }
        return seen >= FEWEST && -sum / Math.sqrt(seen * squares) > 0.35 && toward > 0.75 * seen;
    }

    /// Median of the errors' sizes in their standard deviations; infinite where some are far from all others.
    private static double middle(Held held, Held.Values values, double[] variances, double scale, int seen) {
        double[] sizes = new double[seen];
        int at = 0;
        for (int i = 0; i < held.count(); i++) {
            if (variances[i] > 0) {
                double ulp = held.ulp(values.want[i]);
                double variance = variances[i] * scale * scale + ulp * ulp / 12;
                sizes[at++] = Math.abs(held.got[i] - values.want[i]) / Math.sqrt(variance);
            }
        }
        java.util.Arrays.sort(sizes);
        // Sums of many roundings have no error of six standard deviations: a few elements that do have another cause.
        int far = 0;
        for (double size : sizes) {
            far += size > 6 ? 1 : 0;
        }
        return far > 1 + seen / 2000 ? Double.POSITIVE_INFINITY : sizes[seen / 2];
    }

    /// Likelihood of errors that follow no model: all of one size, or in proportion to the result.
    private static double shapeless(Held held) {
        double best = Double.NEGATIVE_INFINITY;
        for (int kind = 0; kind < 2; kind++) {
            double[] sizes = new double[held.count()];
            double squares = 0;
            int seen = 0;
            for (int i = 0; i < held.count(); i++) {
                double error = held.got[i] - held.want[i];
                double size = kind == 0 ? 1 : Math.abs(held.want[i]);
                boolean exact = held.sigma[i] == 0 && held.deterministic[i] == 0;
                if (held.open[i] || !Double.isFinite(error) || exact || !(size > 0)) {
                    continue;
                }
                sizes[i] = size;
                double ulp = held.ulp(held.want[i]);
                squares += Math.max(0, error * error - ulp * ulp / 12) / (size * size);
                seen++;
            }
            if (seen == 0) {
                continue;
            }
            double logs = 0;
            for (int i = 0; i < held.count(); i++) {
                if (sizes[i] > 0) {
                    double error = held.got[i] - held.want[i];
                    double ulp = held.ulp(held.want[i]);
                    double variance = sizes[i] * sizes[i] * squares / seen + ulp * ulp / 12;
                    logs -= 0.5 * Math.log(variance) + 2.5 * Math.log1p(error * error / variance / 2.5);
                }
            }
            best = Math.max(best, logs / seen);
        }
        return best;
    }

    private static Score score(Held held, Hypothesis hypothesis) {
        Held.Values values = held.under(held.evidence.call(), new Inputs(held.run.inputs()), hypothesis.contract(), 1);
        double squares = 0;
        double logs = 0;
        int seen = 0;
        double[] variances = new double[held.count()];
        double floors = 0;
        for (int i = 0; i < held.count(); i++) {
            double error = held.got[i] - values.want[i];
            double model = values.sigma[i] * values.sigma[i] + values.deterministic[i] * values.deterministic[i] / 3;
            if (held.open[i] || !Double.isFinite(error) || !(model > 0) || !Double.isFinite(model)) {
                variances[i] = 0;
                continue;
            }
            double ulp = held.ulp(values.want[i]);
            variances[i] = model;
            squares += Math.max(-1, Math.min(400, (error * error - ulp * ulp / 12) / model));
            floors += ulp * ulp / 12 / model;
            seen++;
        }
        if (seen < fewest(held) || floors > 50.0 * seen) {
            return new Score(hypothesis, Double.NEGATIVE_INFINITY, 0, false);
        }
        double scale = Math.sqrt(Math.max(1e-6, squares / seen));
        double clamped = Math.clamp(scale, hypothesis.least(), hypothesis.most());
        for (int i = 0; i < held.count(); i++) {
            if (variances[i] > 0) {
                double error = held.got[i] - values.want[i];
                double ulp = held.ulp(values.want[i]);
                double variance = variances[i] * clamped * clamped + ulp * ulp / 12;
                // Student's t with four degrees of freedom: tails of rounding errors are heavier than Gauss's.
                logs -= 0.5 * Math.log(variance) + 2.5 * Math.log1p(error * error / variance / 2.5);
            }
        }
        double middle = middle(held, values, variances, clamped, seen);
        return new Score(hypothesis, logs / seen, scale, middle > 0.35 && middle < 1.1);
    }
}
