package dev.assay.engine.diagnosis;

import dev.assay.tensor.Tensor;
import java.util.Optional;

/// NaN, infinities, overflow, rows that see nothing, subnormal numbers.
final class SpecialCause {
    private SpecialCause() {}

    static Optional<Diagnosis> of(Held held) {
        return emptyRows(held).or(() -> notFinite(held)).or(() -> flushed(held));
    }

    /// Rows that are exactly zero because nothing is summed.
    private static Optional<Diagnosis> emptyRows(Held held) {
        if (!held.evidence.operator().name().equals("attention") || held.shape.rank() == 0) {
            return Optional.empty();
        }
        int rows = 0;
        int wrong = 0;
        for (int i = 0; i < held.count(); i++) {
            boolean empty = held.want[i] == 0 && held.sigma[i] == 0 && held.deterministic[i] == 0;
            rows += empty ? 1 : 0;
            if (held.wrong[i]) {
                if (!empty) {
                    return Optional.empty();
                }
                wrong++;
            }
        }
        // All of them: a mask that is read wrongly lets some rows see something, and others too much or too little.
        return wrong > 0 && wrong >= 0.98 * rows && rows < held.count()
                ? Optional.of(new Diagnosis(
                        Cause.EMPTY_ROW,
                        "only rows that see nothing are wrong: "
                                + Places.wrong(held).sentence()))
                : Optional.empty();
    }

    private static Optional<Diagnosis> notFinite(Held held) {
        int special = 0;
        int saturated = 0;
        double largest = held.dtype.maxFinite();
        for (int i = 0; i < held.count(); i++) {
            if (!held.wrong[i]) {
                continue;
            }
            boolean beyond = Double.isInfinite(held.dtype.round(held.want[i])) && !Double.isNaN(held.got[i]);
            if (beyond && Math.abs(held.got[i]) == largest) {
                saturated++;
            } else if (!Double.isFinite(held.got[i]) || !Double.isFinite(held.want[i])) {
                special++;
            }
        }
        boolean finite = held.run.inputs().values().stream().allMatch(Tensor::isFinite);
        if (saturated > 0 && saturated >= 0.98 * held.wrongs) {
            return Optional.of(new Diagnosis(
                    Cause.OVERFLOW, "what lies beyond the range becomes the largest number instead of infinity"));
        }
        return special == 0 || finite || special < 0.9 * held.wrongs || wrongWithout(held)
                ? Optional.empty()
                : Optional.of(new Diagnosis(
                        Cause.SPECIAL_VALUES,
                        "NaN or infinities appear, vanish or spread: "
                                + Places.wrong(held).sentence()));
    }

    /// Whether the case itself is wrong though it has neither NaN nor infinities: then these are not the cause.
    private static boolean wrongWithout(Held held) {
        Evidence.Run first = held.evidence.runs().getFirst();
        if (!first.inputs().values().stream().allMatch(Tensor::isFinite)) {
            return false;
        }
        for (Held one : Held.all(held.evidence, first)) {
            for (int i = 0; i < one.count(); i++) {
                if (one.wrong[i] && Double.isFinite(one.got[i]) && Double.isFinite(one.want[i])) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Whether sums of exponentials are taken, which overflow beyond 88.
    private static boolean exponentials(Held held) {
        String name = held.evidence.operator().name();
        return name.contains("softmax") || name.contains("exp");
    }

    /// Infinities or NaN from finite inputs.
    static Optional<Diagnosis> overflow(Held held) {
        int special = 0;
        int masked = 0;
        for (int i = 0; i < held.count(); i++) {
            special += held.wrong[i] && !Double.isFinite(held.got[i]) && Double.isFinite(held.want[i]) ? 1 : 0;
            masked += held.want[i] == Double.NEGATIVE_INFINITY ? 1 : 0;
        }
        if (masked > held.count() / 4) {
            // Minus infinity is the operator's own way to leave something out.
            return Optional.empty();
        }
        boolean finite = held.run.inputs().values().stream().allMatch(Tensor::isFinite);
        boolean alone = special > 0 && special == held.wrongs && exponentials(held);
        return finite && (alone || (special > Math.max(3, held.count() / 500) && special >= 0.3 * held.wrongs))
                ? Optional.of(new Diagnosis(
                        Cause.OVERFLOW, special + " results are infinite or NaN where inputs and reference are finite"))
                : Optional.empty();
    }

    /// Zeros where the result is subnormal.
    private static Optional<Diagnosis> flushed(Held held) {
        double smallest = held.dtype.minNormal();
        for (int i = 0; i < held.count(); i++) {
            if (held.wrong[i] && !(held.got[i] == 0 && Math.abs(held.want[i]) < smallest)) {
                return Optional.empty();
            }
        }
        return held.wrongs >= 2
                ? Optional.of(new Diagnosis(Cause.FLUSHED_SUBNORMALS, held.wrongs + " subnormal results are zero"))
                : Optional.empty();
    }
}
