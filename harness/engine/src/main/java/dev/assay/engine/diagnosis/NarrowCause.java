package dev.assay.engine.diagnosis;

import dev.assay.backend.Call;
import dev.assay.backend.ComputeContract;
import dev.assay.backend.ComputeContract.Accumulator;
import dev.assay.backend.ComputeContract.Stored;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
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
    /// Bits of types that have more than what is kept on the way.
    private static final int MANY_DIGITS = 20;

    /// Operators whose results are sums of products and nothing else, and those that have a softmax between two.
    private static final Set<String> SUMS = Set.of("matmul", "linear_grad", "matmul_grad", "conv_grad");

    private static final Set<String> ATTENTIONS = Set.of("attention", "attention_grad");

    private NarrowCause() {}

    static boolean isSum(Held held) {
        return SUMS.contains(held.evidence.operator().name());
    }

    static boolean isProduct(Held held) {
        return isSum(held) || isAttention(held);
    }

    static boolean isAttention(Held held) {
        return ATTENTIONS.contains(held.evidence.operator().name());
    }

    /// Results of lines are fewer than those of products, and each of them is made of more.
    private static int fewest(Held held) {
        return isProduct(held) ? FEWEST : FEW / 2;
    }

    static Optional<Diagnosis> of(Held held) {
        if (held.count() < fewest(held)) {
            return Optional.empty();
        }
        return NormalizedRows.knows(held.evidence.operator().name())
                ? Optional.empty()
                : fewDigits(held)
                        .or(() -> parts(held))
                        .or(() -> held.count() < FEW ? Optional.empty() : likeliest(held));
    }

    private static boolean hasManyDigits(Held held) {
        return held.dtype.precision() >= MANY_DIGITS;
    }

    private static Optional<Diagnosis> fewDigits(Held held) {
        if (!hasManyDigits(held) || isAttention(held)) {
            return Optional.empty();
        }
        return isSum(held) ? FewDigits.ofSums(held, FEWEST) : FewDigits.ofVectorUnits(held, FEW / 2);
    }

    /// Gradients of keys and values that are put together from those of several heads, and have fewer digits than
    /// that of the queries, which is not.
    private static Optional<Diagnosis> parts(Held held) {
        Call call = held.evidence.call();
        boolean shared = call.operator().equals("attention_grad") && !held.name.equals("dQ") && sharesHeads(call);
        if (!shared
                || held.dtype.precision() <= DType.BF16.precision()
                || FewDigits.most(held) > DType.BF16.precision()) {
            return Optional.empty();
        }
        boolean others = others(held).stream()
                .anyMatch(other -> other.name.equals("dQ") && FewDigits.most(other) > DType.BF16.precision());
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
    private static boolean denied(NarrowHypothesis hypothesis, Held held, List<Held> right) {
        boolean spares = hypothesis.spared().isEmpty()
                || right.stream().anyMatch(other -> other.name.equals(hypothesis.spared()));
        if (!spares || held.name.equals(hypothesis.spared())) {
            return true;
        }
        return right.stream()
                .filter(other -> !other.name.equals(hypothesis.spared()))
                .map(other -> ErrorLikelihood.of(other, hypothesis, fewest(other)))
                .anyMatch(score -> score.scale() > 0 && score.scale() < hypothesis.least() / 4);
    }

    /// Whether results have more digits than this arithmetic leaves them; 0 digits tell nothing.
    private static boolean excluded(NarrowHypothesis hypothesis, int digits) {
        ComputeContract contract = hypothesis.contract();
        if (contract.accumulator() instanceof Accumulator.Floating(DType type)
                && hypothesis.cause() == Cause.NARROW_ACCUMULATOR) {
            return digits > type.precision();
        }
        return contract.partials() instanceof Stored.As(DType type)
                && hypothesis.cause() == Cause.NARROW_PARTIALS
                && digits > type.precision() + 8;
    }

    private static Optional<Diagnosis> likeliest(Held held) {
        if (!held.run.inputs().values().stream().allMatch(Tensor::isFinite) || mostlyExact(held)) {
            return Optional.empty();
        }
        ErrorLikelihood declared = ErrorLikelihood.of(
                held, new NarrowHypothesis(Cause.UNKNOWN, "", held.evidence.contract(), 0.05, 1.3), fewest(held));
        if (held.evidence.operator().name().equals("matmul") && cutOff(held)) {
            return Optional.of(new Diagnosis(
                    Cause.TRUNCATION, "results are too small in magnitude throughout: additions are cut off"));
        }
        List<ErrorLikelihood> scores = new ArrayList<>();
        int digits = hasManyDigits(held) && isSum(held) ? FewDigits.most(held) : 0;
        List<Held> right = isAttention(held)
                ? others(held).stream().filter(other -> other.wrongs == 0).toList()
                : List.of();
        for (NarrowHypothesis hypothesis : NarrowHypothesis.of(held)) {
            if (excluded(hypothesis, digits) || denied(hypothesis, held, right)) {
                continue;
            }
            ErrorLikelihood score = ErrorLikelihood.of(held, hypothesis, fewest(held));
            if (score.typical() && score.scale() >= hypothesis.least() && score.scale() <= hypothesis.most()) {
                scores.add(score);
            }
        }
        scores.sort(Comparator.comparingDouble(ErrorLikelihood::likelihood).reversed());
        double margin = Math.max(MARGIN, 60.0 / held.count());
        if (scores.isEmpty() || scores.getFirst().likelihood() < declared.likelihood() + margin) {
            return Optional.empty();
        }
        ErrorLikelihood best = scores.getFirst();
        // Errors of a function are in proportion to its result.
        boolean rough = best.hypothesis().cause() == Cause.ROUGH_FUNCTION && !isProduct(held);
        if (!rough && best.likelihood() < ErrorLikelihood.shapeless(held) + MARGIN / 2) {
            return Optional.empty();
        }
        for (ErrorLikelihood other : scores) {
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
}
