package dev.assay.engine.diagnosis;

import dev.assay.backend.Call.Operand;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/// Causes that show in which elements are wrong and what stands there: hidden ones, those of special
/// operands, those beyond a limit, neighbouring whole numbers, equal elements that were chosen instead.
final class PatternCause {
    private static final Set<String> WHOLE = Set.of("floor", "ceil", "round");
    private static final Set<String> CHOICES = Set.of("argmax", "argmin", "hardmax", "top_k", "sort");

    private PatternCause() {}

    /// What explains the outputs of all runs in which something is wrong.
    static Optional<Diagnosis> of(List<Held> wrong) {
        return wrong.isEmpty()
                ? Optional.empty()
                : all(wrong, PatternCause::hidden)
                        .or(() -> all(wrong, PatternCause::special))
                        .or(() -> all(wrong, PatternCause::whole))
                        .or(() -> all(wrong, PatternCause::ties))
                        .or(() -> all(wrong, PatternCause::neighbours));
    }

    /// What is left where no reading of the call explains the outputs.
    static Optional<Diagnosis> beyondLimits(List<Held> wrong) {
        return wrong.isEmpty()
                ? Optional.empty()
                : all(wrong, PatternCause::limit).or(() -> all(wrong, PatternCause::lastLeftOut));
    }

    /// Zeros stand in the last place along a dimension, and everything else is right.
    private static Optional<Diagnosis> lastLeftOut(Held held) {
        for (int axis = held.shape.rank() - 1; axis >= 0 && held.wrongs > 1; axis--) {
            long length = held.shape.dim(axis);
            boolean left = length > 2;
            for (int i = 0; i < held.count() && left; i++) {
                boolean last = held.at(i)[axis] == length - 1;
                left = held.wrong[i] ? last && held.got[i] == 0 : !last || held.got[i] == 0 || held.want[i] == 0;
            }
            if (left) {
                return found(
                        Cause.TERMS_MISSING,
                        "the last elements along dimension " + axis + " are left out: zeros stand there");
            }
        }
        return Optional.empty();
    }

    /// What explains one output.
    interface Rule {
        Optional<Diagnosis> of(Held held);
    }

    /// What a rule says of all of them, if it says the same.
    static Optional<Diagnosis> all(List<Held> wrong, Rule rule) {
        Optional<Diagnosis> first = rule.of(wrong.getFirst());
        for (Held held : wrong) {
            Optional<Diagnosis> one = rule.of(held);
            if (one.isEmpty()
                    || first.isEmpty()
                    || one.get().cause() != first.get().cause()) {
                return Optional.empty();
            }
        }
        return first;
    }

    private static Optional<Diagnosis> found(Cause cause, String sentence) {
        return Optional.of(new Diagnosis(cause, sentence));
    }

    /// Minus infinity stands where a number should, or the other way round.
    private static Optional<Diagnosis> hidden(Held held) {
        int less = 0;
        int more = 0;
        for (int i = 0; i < held.count(); i++) {
            if (held.wrong[i]) {
                boolean out = held.got[i] == Double.NEGATIVE_INFINITY;
                boolean should = held.want[i] == Double.NEGATIVE_INFINITY;
                if (out == should || !Double.isFinite(out ? held.want[i] : held.got[i])) {
                    return Optional.empty();
                }
                less += out ? 1 : 0;
                more += out ? 0 : 1;
            }
        }
        long hidden = java.util.Arrays.stream(held.want)
                .filter(want -> want == Double.NEGATIVE_INFINITY)
                .count();
        return hidden < 4
                ? Optional.empty()
                : found(
                        Cause.MASK,
                        more + " elements are seen that should be hidden, and " + less + " hidden that should be seen");
    }

    /// Operands that have one element for each of the output.
    private static List<Tensor> alike(Held held) {
        Shape shape = held.shape;
        return held.evidence.call().inputs().stream()
                .filter(operand -> operand.spec().isPresent())
                .map(Operand::name)
                .map(name -> held.run.inputs().get(name))
                .filter(tensor -> tensor != null
                        && tensor.dtype().isFloat()
                        && tensor.shape().equals(shape))
                .toList();
    }

    /// Only elements of NaN or infinities are wrong.
    private static Optional<Diagnosis> special(Held held) {
        List<Tensor> operands = alike(held);
        if (operands.isEmpty()) {
            return Optional.empty();
        }
        for (int i = 0; i < held.count(); i++) {
            long number = held.numbers[i];
            if (held.wrong[i] && operands.stream().allMatch(tensor -> Double.isFinite(tensor.get(number)))) {
                return Optional.empty();
            }
        }
        return found(Cause.SPECIAL_VALUES, "only what is made of NaN or infinities is wrong");
    }

    /// Another way to make whole numbers.
    private static Optional<Diagnosis> whole(Held held) {
        List<Tensor> operands = alike(held);
        if (!WHOLE.contains(held.evidence.operator().name()) || operands.isEmpty()) {
            return Optional.empty();
        }
        DoubleUnaryOperator cut = x -> x < 0 ? Math.ceil(x) : Math.floor(x);
        if (made(held, operands.getFirst(), cut)) {
            return found(Cause.TRUNCATION, "numbers are cut off toward zero");
        }
        DoubleUnaryOperator away = x -> Math.copySign(Math.floor(Math.abs(x) + 0.5), x);
        DoubleUnaryOperator up = x -> Math.floor(x + 0.5);
        return made(held, operands.getFirst(), away) || made(held, operands.getFirst(), up)
                ? found(Cause.DOUBLE_ROUNDING, "halves are rounded the other way")
                : Optional.empty();
    }

    private static boolean made(Held held, Tensor x, DoubleUnaryOperator way) {
        int missed = 0;
        for (int i = 0; i < held.count(); i++) {
            double operand = x.get(held.numbers[i]);
            boolean fraction = Math.abs(operand) < 1L << 52;
            missed += fraction && !held.open[i] && held.got[i] != way.applyAsDouble(operand) ? 1 : 0;
        }
        return missed == 0;
    }

    /// Of equal elements of a line another one is chosen.
    private static Optional<Diagnosis> ties(Held held) {
        if (!CHOICES.contains(held.evidence.operator().name()) || held.shape.rank() == 0) {
            return Optional.empty();
        }
        Tensor x = new Inputs(held.run.inputs())
                .get(held.evidence.call().inputs().getFirst().name());
        Shape shape = x.shape();
        int axis =
                Math.toIntExact(Math.floorMod(held.evidence.call().attributes().integer("axis"), (long) shape.rank()));
        long length = shape.dim(axis);
        long inner = shape.slice(axis + 1, shape.rank()).elements();
        boolean marks = held.dtype.isFloat();
        if (marks && !held.shape.equals(shape)) {
            return Optional.empty();
        }
        long own = held.shape.rank() == shape.rank() ? held.shape.dim(axis) : 1;
        for (int i = 0; i < held.count(); i++) {
            if (!held.wrong[i]) {
                continue;
            }
            long n = held.numbers[i];
            if (marks) {
                // One that stands where no other is larger.
                double mine = x.get(n);
                long line = n / (length * inner) * length * inner + n % inner;
                for (long k = 0; k < length; k++) {
                    if (x.get(line + k * inner) > mine) {
                        return Optional.empty();
                    }
                }
                continue;
            }
            long line = n / (own * inner) * length * inner + n % inner;
            boolean inside = held.got[i] >= 0 && held.got[i] < length && held.want[i] >= 0 && held.want[i] < length;
            if (!inside || x.get(line + ((long) held.got[i]) * inner) != x.get(line + ((long) held.want[i]) * inner)) {
                return Optional.empty();
            }
        }
        return found(Cause.MISPLACED, "of equal elements another one is chosen");
    }

    /// One value stands wherever an operand is beyond a limit, and everything on this side is right.
    private static Optional<Diagnosis> limit(Held held) {
        if (held.wrongs < 4 || held.evidence.operator().about().errors() == About.Errors.EXACT) {
            return Optional.empty();
        }
        for (Tensor x : alike(held)) {
            for (int side = -1; side <= 1; side += 2) {
                double nearest = Double.NEGATIVE_INFINITY;
                double farthest = Double.POSITIVE_INFINITY;
                double value = Double.NaN;
                boolean one = true;
                int right = 0;
                for (int i = 0; i < held.count(); i++) {
                    double operand = side * x.get(held.numbers[i]);
                    if (held.wrong[i]) {
                        one &= Double.isNaN(value) || held.got[i] == value;
                        value = held.got[i];
                        nearest = Math.max(nearest, operand);
                    } else if (!held.open[i] && held.got[i] != value && Math.abs(held.want[i]) > 2 * held.limit(i)) {
                        farthest = Math.min(farthest, operand);
                        right++;
                    }
                }
                boolean tiny = Math.abs(value) == 0 && subnormal(held);
                if (one && !tiny && right > 8 && nearest <= farthest && Double.isFinite(value) && !held.open[0]) {
                    return found(
                            Cause.ROUGH_FUNCTION,
                            String.format(
                                    Locale.ROOT,
                                    "results are %.6g where an operand is %s %.6g",
                                    value,
                                    side < 0 ? "above" : "below",
                                    side * farthest));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean subnormal(Held held) {
        for (int i = 0; i < held.count(); i++) {
            if (held.wrong[i] && Math.abs(held.want[i]) >= held.dtype.minNormal()) {
                return false;
            }
        }
        return true;
    }

    /// Whole numbers that are all one too large, or one too small.
    private static Optional<Diagnosis> neighbours(Held held) {
        if (held.dtype.isFloat() || held.dtype == DType.BOOL || held.wrongs < 8) {
            return Optional.empty();
        }
        double off = 0;
        for (int i = 0; i < held.count(); i++) {
            if (held.wrong[i]) {
                double mine = held.got[i] - held.want[i];
                if (Math.abs(mine) != 1 || (off != 0 && mine != off)) {
                    return Optional.empty();
                }
                off = mine;
            }
        }
        return found(Cause.OFF_BY_ONE, "results are one too " + (off > 0 ? "large" : "small"));
    }
}
