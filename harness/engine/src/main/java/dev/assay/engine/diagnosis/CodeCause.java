package dev.assay.engine.diagnosis;

import dev.assay.backend.Call.Operand;
import dev.assay.operator.About;
import dev.assay.operator.Inputs;
import dev.assay.operator.Rereading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What goes wrong where numbers are brought to a type of few codes: they stop before its range ends, wrap around
/// behind
/// it, or are cut off.
final class CodeCause {
    /// Wrong elements that all have to lie on the same side: by chance once in 4000 times.
    private static final int FEWEST = 12;
    private static final int FEW = 4;

    private CodeCause() {}

    static Optional<Diagnosis> of(List<Held> wrong) {
        return wrong.isEmpty()
                ? Optional.empty()
                : PatternCause.all(wrong, CodeCause::wraps)
                        .or(() -> PatternCause.all(wrong, CodeCause::converted))
                        .or(() -> PatternCause.all(wrong, CodeCause::quantised))
                        .or(() -> PatternCause.all(wrong, CodeCause::stops));
    }

    /// One magnitude stands for all larger ones.
    private static Optional<Diagnosis> stops(Held held) {
        double limit = 0;
        Set<Double> wanted = new HashSet<>();
        for (int i = 0; i < held.count(); i++) {
            if (held.wrong[i]) {
                double size = Math.abs(held.got[i]);
                limit = limit == 0 ? size : limit;
                boolean beyond =
                        Math.abs(held.want[i]) > limit && Math.signum(held.got[i]) == Math.signum(held.want[i]);
                if (!beyond || size != limit || !Double.isFinite(size)) {
                    return Optional.empty();
                }
                wanted.add(Math.abs(held.want[i]));
            }
        }
        if (wanted.size() < 2 || held.wrongs < FEW || held.dtype == DType.BOOL) {
            return Optional.empty();
        }
        for (int i = 0; i < held.count(); i++) {
            if (!held.wrong[i] && !held.open[i] && Double.isFinite(held.got[i]) && Math.abs(held.got[i]) > limit) {
                return Optional.empty();
            }
        }
        return Optional.of(new Diagnosis(
                Cause.OVERFLOW, String.format(Locale.ROOT, "what lies beyond %.6g becomes %.6g", limit, limit)));
    }

    /// Only what should be the largest or the smallest whole number of the type is wrong.
    private static Optional<Diagnosis> wraps(Held held) {
        if (held.dtype.isFloat() || held.dtype == DType.BOOL || held.dtype.bits() > 16) {
            return Optional.empty();
        }
        double most = held.dtype.maxFinite();
        double least = held.dtype.kind() == DType.Kind.SIGNED ? -most - 1 : 0;
        int atLimit = 0;
        int far = 0;
        for (int i = 0; i < held.count(); i++) {
            boolean limit = held.want[i] == most || held.want[i] == least;
            atLimit += limit && !held.open[i] ? 1 : 0;
            if (held.wrong[i] && !limit) {
                return Optional.empty();
            }
            far += held.wrong[i] && Math.abs(held.got[i] - held.want[i]) > (most - least) / 2 ? 1 : 0;
        }
        // Something else that is wrong would be wrong between the limits too.
        boolean between = atLimit < 0.9 * held.count();
        return held.wrongs >= FEWEST && (2 * held.wrongs > atLimit || far == held.wrongs) && between
                ? Optional.of(new Diagnosis(
                        Cause.OVERFLOW,
                        "only what lies beyond the range of " + held.dtype + " is wrong: it wraps around"))
                : Optional.empty();
    }

    /// A conversion to a floating-point type that cuts off.
    private static Optional<Diagnosis> converted(Held held) {
        List<Operand> given = held.evidence.call().inputs().stream()
                .filter(operand -> operand.spec().isPresent())
                .toList();
        Tensor x = new Inputs(held.run.inputs()).get(given.getFirst().name());
        boolean alike = x.dtype().isFloat() && x.shape().equals(held.shape);
        if (!alike
                || !held.dtype.isFloat()
                || held.dtype.precision() >= x.dtype().precision()) {
            return Optional.empty();
        }
        int told = 0;
        for (int i = 0; i < held.count(); i++) {
            double number = x.get(held.numbers[i]);
            double right = held.dtype.round(number);
            if (held.open[i] || !Double.isFinite(held.want[i]) || !Double.isFinite(right)) {
                continue;
            }
            if (held.want[i] != right) {
                return Optional.empty();
            }
            double cut = Math.abs(right) > Math.abs(number) ? below(held.dtype, right) : right;
            if (held.got[i] != cut && Double.compare(held.got[i], cut) != 0) {
                return Optional.empty();
            }
            told += held.wrong[i] ? 1 : 0;
        }
        return told >= FEWEST
                ? Optional.of(new Diagnosis(
                        Cause.TRUNCATION, "numbers are cut off to " + held.dtype + " where they should be rounded"))
                : Optional.empty();
    }

    /// The next number toward zero.
    private static double below(DType type, double number) {
        return type.decode(type.encode(number) - 1);
    }

    /// Codes that are one nearer to the code of 0 than they should be, small ones as often as large ones: a scale that
    /// is wrong shows in large ones.
    private static Optional<Diagnosis> quantised(Held held) {
        boolean whole = !held.dtype.isFloat() && held.dtype != DType.BOOL;
        if (!whole || held.evidence.operator().about().errors() != About.Errors.QUANTISING || held.wrongs < FEWEST) {
            return Optional.empty();
        }
        double[] zeros = zeros(held);
        if (zeros.length == 0) {
            return Optional.empty();
        }
        double[] sizes = new double[held.count()];
        int counted = 0;
        for (int i = 0; i < held.count(); i++) {
            double size = Math.abs(held.want[i] - zeros[i]);
            if (held.wrong[i] && held.got[i] - held.want[i] != -Math.signum(held.want[i] - zeros[i])) {
                return Optional.empty();
            }
            boolean inside = held.want[i] < held.dtype.maxFinite() && held.want[i] > least(held.dtype);
            if (!held.open[i] && size > 0 && inside) {
                sizes[counted++] = size;
            }
        }
        double[] sorted = java.util.Arrays.copyOf(sizes, counted);
        java.util.Arrays.sort(sorted);
        double middle = counted == 0 ? 0 : sorted[counted / 2];
        double[] seen = new double[2];
        double[] wrongs = new double[2];
        for (int i = 0; i < held.count(); i++) {
            double size = Math.abs(held.want[i] - zeros[i]);
            boolean inside = held.want[i] < held.dtype.maxFinite() && held.want[i] > least(held.dtype);
            if (!held.open[i] && size > 0 && inside) {
                int half = size < middle ? 0 : 1;
                seen[half]++;
                wrongs[half] += held.wrong[i] ? 1 : 0;
            }
        }
        boolean even = seen[0] >= FEWEST
                && wrongs[0] > 0.3 * seen[0]
                && wrongs[0] < 0.7 * seen[0]
                && wrongs[1] > 0.3 * seen[1]
                && wrongs[1] < 0.7 * seen[1];
        return even
                ? Optional.of(new Diagnosis(
                        Cause.TRUNCATION, "half of all codes are one too near to that of 0: quotients are cut off"))
                : Optional.empty();
    }

    private static double least(DType type) {
        return type.kind() == DType.Kind.SIGNED ? -type.maxFinite() - 1 : 0;
    }

    /// The code of 0 at each element: what comes of numbers that are 0, or that have a scale of 0.
    private static double[] zeros(Held held) {
        for (Operand operand : held.evidence.call().inputs()) {
            if (operand.spec().isPresent() && operand.spec().get().dtype().isFloat()) {
                try {
                    Rereading right = Rereading.of(held.evidence.call(), new Inputs(held.run.inputs()));
                    Tensor given = right.input(operand.name());
                    return held.under(
                                    right.input(operand.name(), given.dtype(), given.shape(), n -> 0)
                                            .as(Cause.TRUNCATION.code(), ""),
                                    held.observed())
                            .want;
                } catch (RuntimeException e) {
                    // It says nothing of this call.
                    return new double[0];
                }
            }
        }
        return new double[0];
    }
}
