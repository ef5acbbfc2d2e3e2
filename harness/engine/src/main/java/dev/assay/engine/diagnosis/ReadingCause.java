package dev.assay.engine.diagnosis;

import dev.assay.backend.ComputeContract.InputRounding;
import dev.assay.numerics.InputRoundings;
import dev.assay.operator.Inputs;
import dev.assay.operator.InvalidCallException;
import dev.assay.operator.Misreading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Readings of the call under which the output would be right.
final class ReadingCause {
    /// Part of the elements that must be right under a reading; the rest may be borders of its
    /// approximation.
    private static final double HELD = 0.995;

    private static final String FLUSHED = "flushed-subnormals";

    private ReadingCause() {}

    static Optional<Diagnosis> of(Held held) {
        if (held.wrongs < 4) {
            // Among so many readings some would fit a few elements by chance.
            return Optional.empty();
        }
        double before = 1 - (double) held.wrongs / Math.max(1, held.count());
        Misreading best = null;
        double bestRms = Double.POSITIVE_INFINITY;
        Misreading rival = null;
        double rivalRms = Double.POSITIVE_INFINITY;
        for (Misreading reading : readings(held.evidence, held.run.inputs())) {
            double rms;
            try {
                rms = rms(held, reading, before);
                rms = Double.isFinite(rms) && !holdsForTheCase(held, reading) ? Double.POSITIVE_INFINITY : rms;
            } catch (InvalidCallException e) {
                continue;
            }
            if (rms < bestRms) {
                if (best != null && !best.cause().equals(reading.cause())) {
                    rival = best;
                    rivalRms = bestRms;
                }
                best = reading;
                bestRms = rms;
            } else if (best != null && !best.cause().equals(reading.cause()) && rms < rivalRms) {
                rival = reading;
                rivalRms = rms;
            }
        }
        // Readings of different kinds that explain it equally well explain nothing.
        if (best != null && rival != null && bestRms == 0 && rivalRms == 0 && FLUSHED.equals(rival.cause())) {
            // Rounding to fewer bits loses subnormal numbers too, and would have shown elsewhere.
            Misreading rounded = best;
            best = rival;
            rival = rounded;
        }
        boolean flushed = best != null && bestRms == 0 && FLUSHED.equals(best.cause());
        boolean clear = flushed || (best != null && (rival == null || bestRms * 1.15 < rivalRms));
        return best == null || !clear
                ? Optional.empty()
                : Optional.of(new Diagnosis(
                        Cause.valueOf(best.cause().toUpperCase(Locale.ROOT).replace('-', '_')), best.sentence()));
    }

    /// Whether a reading that explains a further data set also gives what was returned for the case
    /// itself.
    private static boolean holdsForTheCase(Held held, Misreading reading) {
        Evidence.Run first = held.evidence.runs().getFirst();
        return first.dataSet().equals(held.run.dataSet()) || holds(held, first, reading);
    }

    private static boolean holds(Held held, Evidence.Run run, Misreading reading) {
        Evidence evidence = held.evidence;
        List<Held> outputs = Held.all(evidence, run).stream()
                .filter(other -> other.position == held.position && other.relation == held.relation)
                .toList();
        List<Misreading> same = readings(evidence, run.inputs()).stream()
                .filter(other -> other.sentence().equals(reading.sentence()))
                .toList();
        if (!same.isEmpty()) {
            return outputs.stream()
                    .allMatch(output -> same.stream()
                            .anyMatch(other ->
                                    output.under(other.call(), other.inputs(), evidence.contract(), other.factor())
                                                    .held()
                                            >= HELD));
        }
        // It makes no difference there: then what was returned must be right.
        return outputs.stream().allMatch(other -> other.wrongs == 0);
    }

    /// What the operator names, of the operands as they are; and, where the contract has them rounded, of
    /// rounded ones.
    private static List<Misreading> readings(Evidence evidence, Map<String, Tensor> inputs) {
        List<Misreading> all = new ArrayList<>(evidence.operator().misreadings(evidence.call(), new Inputs(inputs)));
        InputRounding rounding = evidence.contract().inputs();
        if (rounding != InputRounding.NONE && inputs.values().stream().allMatch(t -> t.dtype() == DType.F32)) {
            Map<String, Tensor> rounded = new LinkedHashMap<>();
            inputs.forEach((name, tensor) -> {
                Tensor copy = Tensor.allocate(tensor.spec(), Arena.ofAuto());
                for (long n = 0; n < tensor.shape().elements(); n++) {
                    copy.set(n, InputRoundings.round(rounding, tensor.get(n)));
                }
                rounded.put(name, copy);
            });
            all.addAll(evidence.operator().misreadings(evidence.call(), new Inputs(rounded)));
        }
        return all;
    }

    /// Error under the reading, in its own standard deviations; infinite if it does not explain the
    /// output.
    private static double rms(Held held, Misreading reading, double before) {
        Held.Values values = held.under(reading.call(), reading.inputs(), held.evidence.contract(), reading.factor());
        double part = values.held();
        if (part < HELD || (1 - part) > 0.05 * (1 - before)) {
            return Double.POSITIVE_INFINITY;
        }
        double sum = 0;
        int counted = 0;
        int special = 0;
        for (int i = 0; i < held.count(); i++) {
            // That a reading leaves room for NaN does not explain one.
            special +=
                    held.wrong[i] && !Double.isFinite(held.got[i]) && Double.compare(held.got[i], values.want[i]) != 0
                            ? 1
                            : 0;
            double error = values.got[i] - values.want[i];
            double ulp = held.ulp(values.want[i]);
            double variance = values.sigma[i] * values.sigma[i] + ulp * ulp / 12;
            if (Double.isFinite(error) && variance > 0 && !held.open[i]) {
                sum += Math.min(100, error * error / variance);
                counted++;
            }
        }
        if (special > 0.05 * held.wrongs) {
            return Double.POSITIVE_INFINITY;
        }
        return counted == 0 ? 0 : Math.sqrt(sum / counted);
    }
}
