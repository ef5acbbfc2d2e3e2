package dev.assay.engine.diagnosis;

import dev.assay.engine.diagnosis.CallReadings.Reading;
import dev.assay.operator.About;
import dev.assay.operator.ExpectedBlock;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Observed;
import dev.assay.operator.Operators;
import dev.assay.operator.Oracle;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import dev.assay.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Readings of a call ([CallReadings]) under which all that was returned would be right: for the case and
/// for every
/// probe, right elements included.
final class CallCause {
    /// Part of the elements that must be right under a reading; the rest may be borders of its
    /// approximation.
    private static final double HELD = 0.995;
    /// Elements in which a reading must differ from the right one, and be right.
    private static final int FEWEST = 3;
    /// Digits of the wrong elements that a reading of the operator's own gives, where there are fewer
    /// elements: by
    /// chance
    /// once in 8000 times.
    private static final double FEWEST_BITS = 13;
    /// Elements left to chance that a reading must give: if chance gives each nine times of ten, once in 700,000 times.
    private static final int CHANCES = 128;
    /// Wrong elements from which on readings that agree in all of them are one and the same; fewer
    /// agree by chance.
    private static final int ALIKE = 12;
    /// Floating-point operations of a call beyond which there are too many readings to try.
    private static final double MOST_FLOPS = 3e8;

    /// Elements on which readings are tried first.
    private static final int SCREEN = 4096;

    private CallCause() {}

    /// How a reading explains what was returned.
    ///
    /// @param rms of the errors that it leaves, in units of what it leaves room for
    /// @param told wrong elements that it gives
    private record Fit(Reading reading, double rms, int told, List<double[]> values) {}

    static Optional<Diagnosis> of(Evidence evidence) {
        if (evidence.operator().referenceFlops(evidence.call()) > MOST_FLOPS) {
            return Optional.empty();
        }
        List<Held> all = new ArrayList<>();
        evidence.runs().forEach(run -> all.addAll(Held.all(evidence, run)));
        int wrongs = all.stream().mapToInt(held -> held.wrongs).sum();
        if (wrongs == 0) {
            return Optional.empty();
        }
        // Small ones with much wrong refute most readings.
        all.sort(Comparator.comparingDouble(held -> (held.wrongs > 0 ? 0 : 1e12) + held.count()));
        List<Fit> fits = new ArrayList<>();
        Optional<Held> screen = all.getFirst().count() > SCREEN
                ? Optional.of(all.getFirst().part(SCREEN)).filter(part -> part.wrongs > 20)
                : Optional.empty();
        Inputs inputs = new Inputs(all.getFirst().run.inputs());
        for (Reading reading : CallReadings.of(evidence.operator(), evidence.call(), inputs)) {
            boolean enough = reading.own() || wrongs >= fewest(all);
            if (enough && (screen.isEmpty() || passes(screen.get(), reading))) {
                fit(all, reading).ifPresent(fits::add);
            }
        }
        return clear(fits);
    }

    /// The best reading, if no other of another kind is as good that can be told from it.
    private static Optional<Diagnosis> clear(List<Fit> fits) {
        if (fits.isEmpty()) {
            return Optional.empty();
        }
        double least = fits.stream().mapToDouble(Fit::rms).min().orElseThrow();
        Fit best = fits.stream()
                .filter(fit -> fit.rms() <= least * 1.01)
                .findFirst()
                .orElseThrow();
        for (Fit other : fits) {
            if (other.reading().cause() != best.reading().cause()
                    && other.rms() < 1.15 * best.rms()
                    && !(same(best, other) && (best.reading().own() || best.told() >= ALIKE))) {
                return Optional.empty();
            }
        }
        return Optional.of(new Diagnosis(best.reading().cause(), best.reading().sentence()));
    }

    private static boolean same(Fit one, Fit other) {
        for (int n = 0; n < one.values().size(); n++) {
            if (!java.util.Arrays.equals(one.values().get(n), other.values().get(n))) {
                return false;
            }
        }
        return true;
    }

    /// Whether a reading mends a part of what is wrong.
    private static boolean passes(Held part, Reading reading) {
        try {
            Misreading made = reading.make().apply(new Inputs(part.run.inputs()));
            if (reading.place().isPresent()) {
                return true;
            }
            Held.Values values = part.under(made, part.observed());
            boolean flushed = reading.cause() == Cause.FLUSHED_SUBNORMALS;
            int mended = 0;
            for (int i = 0; i < part.count(); i++) {
                mended += part.wrong[i] && (flushed || values.holds(i)) ? 1 : 0;
            }
            return mended > 0.7 * part.wrongs;
        } catch (RuntimeException e) {
            // It says nothing of this call.
            return false;
        }
    }

    private static Optional<Fit> fit(List<Held> all, Reading reading) {
        int told = 0;
        int wrongs = 0;
        int missedAll = 0;
        int silent = 0;
        double bits = 0;
        double squares = 0;
        int seen = 0;
        int chances = 0;
        List<double[]> wants = new ArrayList<>();
        for (Held held : all) {
            Held.Values values;
            Misreading made;
            try {
                made = reading.make().apply(new Inputs(held.run.inputs()));
                if (made.by().isEmpty() && reading.place().isEmpty() && !fits(held, made)) {
                    return Optional.empty();
                }
                values = reading.place().isPresent()
                        ? held.elsewhere(made, reading.place().get())
                        : held.under(made, held.observed());
            } catch (RuntimeException e) {
                // It says nothing of this call.
                return Optional.empty();
            }
            boolean flushed = reading.cause() == Cause.FLUSHED_SUBNORMALS;
            int missed = 0;
            int wrong = 0;
            for (int i = 0; i < held.count(); i++) {
                double want = values.want[i];
                boolean lost = flushed && held.got[i] == 0 && Math.abs(want) < held.dtype.minNormal();
                boolean open = (values.flags[i] & ExpectedBlock.ANY) != 0 && !lost;
                boolean holds = lost || values.holds(i);
                silent += open && held.wrong[i] && Double.isFinite(held.got[i]) ? 1 : 0;
                missed += holds || held.open[i] ? 0 : 1;
                wrong += !holds && held.wrong[i] ? 1 : 0;
                told += holds && !open && held.wrong[i] ? 1 : 0;
                double error = values.got[i] - want;
                double limit = held.limit(values, i);
                bits += holds && !open && held.wrong[i] && limit > 0
                        ? Math.clamp(Math.log(Math.abs(held.got[i] - held.want[i]) / limit) / Math.log(2), 0, 24)
                        : 0;
                if (!held.open[i] && !open && Double.isFinite(error) && limit > 0) {
                    squares += Math.min(100, error * error / limit / limit);
                    seen++;
                }
            }
            if (missed > (1 - HELD) * held.count() || wrong > 0.05 * held.wrongs) {
                return Optional.empty();
            }
            if (held.wrongs > 0 && reading.place().isEmpty() && !flushed && !denies(held, made)) {
                return Optional.empty();
            }
            boolean chosen = held.evidence.operator().about().errors() == About.Errors.STATISTICAL;
            chances += chosen && reading.own() && held.relation < 0 ? Chances.told(held, made, values) : 0;
            missedAll += missed;
            wrongs += held.wrongs;
            wants.add(values.want);
        }
        boolean enough =
                told >= fewest(all) || chances >= CHANCES || (told > 0 && reading.own() && bits >= FEWEST_BITS);
        return !enough || missedAll > 0.05 * wrongs || silent > 0.5 * wrongs
                ? Optional.empty()
                : Optional.of(new Fit(reading, seen == 0 ? 0 : Math.sqrt(squares / seen), told, wants));
    }

    /// Whether the call that is read has outputs of the sizes that there are; throws if there is no such
    /// call.
    private static boolean fits(Held held, Misreading made) {
        List<TensorSpec> specs =
                Operators.named(made.call().operator(), "a reading").outputs(made.call());
        if (held.relation >= 0) {
            Oracle oracle = Operators.named(made.call().operator(), "a reading")
                    .oracle(made.call(), made.inputs(), held.evidence.contract());
            return oracle.relations().size() > held.relation
                    && oracle.relations().get(held.relation).shape().equals(held.shape);
        }
        if (specs.size() <= held.position || !specs.get(held.position).shape().equals(held.shape)) {
            return false;
        }
        // Operands that are read in another type may make results of another; attributes must not.
        boolean typed = made.call().inputs().stream()
                .allMatch(operand -> operand.spec().isEmpty()
                        || !held.evidence.call().hasInput(operand.name())
                        || operand.spec().get().dtype()
                                == held.evidence.call().input(operand.name()).dtype());
        return !typed || specs.get(held.position).dtype() == held.dtype;
    }

    /// Wrong elements that have to become right: a few of fractions, a single one of numbers of many
    /// places.
    private static int fewest(List<Held> all) {
        return all.stream().anyMatch(held -> held.dtype.isFloat() || held.dtype == DType.BOOL) ? FEWEST : 1;
    }

    /// Whether the reading refuses what is right. Where a device may choose, some allow everything.
    private static boolean denies(Held held, Misreading made) {
        if (held.relation >= 0
                || !held.dtype.isFloat()
                || held.count() != held.shape.elements()
                || held.evidence.call().outputs().size() > 1) {
            return true;
        }
        Tensor right = Tensor.allocate(TensorSpec.dense(held.dtype, held.shape), Arena.ofAuto());
        for (int i = 0; i < held.count(); i++) {
            right.set(held.numbers[i], held.want[i]);
        }
        Observed answer = output -> right;
        Held.Values values = held.under(made, answer);
        int allowed = 0;
        int seen = 0;
        for (int i = 0; i < held.count(); i++) {
            // NaN may be right for many reasons.
            boolean counts = held.wrong[i] && !Double.isNaN(held.want[i]);
            seen += counts ? 1 : 0;
            allowed += counts && values.holds(i, held.dtype.round(held.want[i])) ? 1 : 0;
        }
        return allowed <= 0.05 * seen;
    }
}
