package dev.assay.engine.plan;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.assay.HarnessException;
import dev.assay.results.Json;
import dev.assay.results.PlanFile;

/// How the cases of a plan are run.
///
/// @param mode how much is run and timed
/// @param fullReference whether references of any size are computed
/// @param threads of the process that runs a backend
/// @param rounds fresh processes for timing
/// @param timeoutSeconds longest time for one case, beyond what its cost explains
/// @param scorecard whether the outputs are also held against published criteria
/// @param isolate whether every backend runs in a process of its own, apart from the judge
public record RunSettings(
        Mode mode,
        boolean fullReference,
        int threads,
        int rounds,
        int timeoutSeconds,
        boolean scorecard,
        boolean isolate) {

    @JsonCreator
    public RunSettings {}

    /// Settings without a scorecard and without more isolation than a backend asks for.
    public RunSettings(Mode mode, boolean fullReference, int threads, int rounds, int timeoutSeconds) {
        this(mode, fullReference, threads, rounds, timeoutSeconds, false, false);
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
