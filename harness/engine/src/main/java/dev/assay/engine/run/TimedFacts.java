package dev.assay.engine.run;

import dev.assay.engine.timing.TimingSummary.Peaks;
import dev.assay.results.JournalState.TimedRound;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// What the journal says of a case in a round besides its samples, as texts.
final class TimedFacts {
    private static final String DEVICE = "device";
    private static final String PEAK_FLOPS = "peak_flops_per_s";
    private static final String BANDWIDTH = "bandwidth_bytes_per_s";
    private static final String PREPARE = "prepare_ns";
    /// Number of the group within the round, from 0.
    private static final String TURN = "turn";
    /// Number of the arm within the group's turn, from 0.
    private static final String ARM_TURN = "arm_turn";

    static final String STOLEN = "stolen_pct";
    private static final String THROTTLED = "throttled";

    private TimedFacts() {}

    static Map<String, String> of(Peaks peaks, long prepareNanos) {
        return Map.of(
                DEVICE, peaks.device(),
                PEAK_FLOPS, Double.toString(peaks.peakFlops()),
                BANDWIDTH, Double.toString(peaks.bandwidth()),
                PREPARE, Long.toString(prepareNanos));
    }

    /// Adds when the round was taken, and what the machine did meanwhile.
    static TimedRound placed(TimedRound round, int turn, int armTurn, double stolenPct, boolean throttled) {
        Map<String, String> facts = new HashMap<>(round.facts());
        facts.put(TURN, Integer.toString(turn));
        facts.put(ARM_TURN, Integer.toString(armTurn));
        facts.put(STOLEN, percent(stolenPct));
        facts.put(THROTTLED, Boolean.toString(throttled));
        return new TimedRound(round.samples(), new TreeMap<>(facts));
    }

    static String percent(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    static Peaks peaks(TimedRound round) {
        return new Peaks(round.facts().getOrDefault(DEVICE, ""), number(round, PEAK_FLOPS), number(round, BANDWIDTH));
    }

    private static double number(TimedRound round, String name) {
        return Double.parseDouble(round.facts().getOrDefault(name, "0"));
    }

    static long prepareNanos(TimedRound round) {
        return Long.parseLong(round.facts().getOrDefault(PREPARE, "0"));
    }

    static boolean throttled(TimedRound round) {
        return Boolean.parseBoolean(round.facts().get(THROTTLED));
    }
}
