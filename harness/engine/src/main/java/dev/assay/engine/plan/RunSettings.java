package dev.assay.engine.plan;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.PlanFile;
import dev.assay.results.PlanFile.BackendRef;
import java.util.List;
import java.util.Optional;

/// How the cases of a plan are run.
///
/// @param mode how much is run and timed
/// @param fullReference whether references of any size are computed
/// @param threads of the process that runs a backend
/// @param rounds fresh processes for timing
/// @param timeoutSeconds longest time for one case, beyond what its cost explains
/// @param scorecard whether the outputs are also held against published criteria
/// @param trace whether cases that do not pass are written down
/// @param isolate whether every backend runs in a process of its own, apart from the judge
/// @param timing what else is said about it
public record RunSettings(
        Mode mode,
        boolean fullReference,
        int threads,
        int rounds,
        int timeoutSeconds,
        boolean scorecard,
        boolean trace,
        boolean isolate,
        Timing timing) {

    @JsonCreator
    public RunSettings {}

    /// Settings that say nothing more about timing.
    public RunSettings(
            Mode mode,
            boolean fullReference,
            int threads,
            int rounds,
            int timeoutSeconds,
            boolean scorecard,
            boolean trace,
            boolean isolate) {
        this(mode, fullReference, threads, rounds, timeoutSeconds, scorecard, trace, isolate, Timing.STANDARD);
    }

    /// Settings without a scorecard and without more isolation than a backend asks for.
    public RunSettings(Mode mode, boolean fullReference, int threads, int rounds, int timeoutSeconds) {
        this(mode, fullReference, threads, rounds, timeoutSeconds, false, false, false);
    }

    /// How cases are timed.
    ///
    /// @param orderSeed draws the order of groups and arms in every round
    /// @param cold whether cases are also timed with other data in the caches
    /// @param peaks that backends were seen to reach, for those that declare none
    /// @param pluginJar takes the place of the installed plugin on the class path of workers; empty: none does
    public record Timing(long orderSeed, boolean cold, List<MeasuredPeaks> peaks, String pluginJar) {
        /// Runs of the same plan have the same order: what it does to times it does to all of them.
        public static final Timing STANDARD = new Timing(1, false, List.of(), "");

        public Timing {
            peaks = List.copyOf(peaks);
        }

        /// Peaks of this backend.
        public Optional<MeasuredPeaks> peaks(BackendRef backend) {
            return peaks.stream().filter(each -> each.isOf(backend)).findFirst();
        }

        public Timing withOrderSeed(long seed) {
            return new Timing(seed, cold, peaks, pluginJar);
        }

        public Timing withPluginJar(String jar) {
            return new Timing(orderSeed, cold, peaks, jar);
        }
    }

    public RunSettings withTiming(Timing other) {
        return new RunSettings(mode, fullReference, threads, rounds, timeoutSeconds, scorecard, trace, isolate, other);
    }

    public RunSettings withRounds(int number) {
        return new RunSettings(mode, fullReference, threads, number, timeoutSeconds, scorecard, trace, isolate, timing);
    }

    /// How much is run and timed.
    public enum Mode {
        /// Verify all within a stated cost per case, time briefly.
        QUICK,
        /// Verify everything, time at length.
        RELEASE,
        /// Verify everything within the cost of quick, time nothing.
        VERIFY_ONLY
    }

    public JsonNode toJson() {
        return Json.STRICT.valueToTree(this);
    }

    /// The settings of a plan that was written before.
    public static RunSettings of(PlanFile plan) {
        try {
            return Json.STRICT.treeToValue(plan.settings(), RunSettings.class);
        } catch (JsonProcessingException e) {
            throw new HarnessException(
                    "the settings cannot be read: " + e.getOriginalMessage(), "plan.json", "start the run anew", e);
        }
    }
}
