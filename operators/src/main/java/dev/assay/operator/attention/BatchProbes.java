package dev.assay.operator.attention;

import dev.assay.operator.Probe;
import java.util.ArrayList;
import java.util.List;

/// Further data sets on which operators of a [Batch] are asked.
final class BatchProbes {
    private BatchProbes() {}

    /// @param paged whether there is memory that no query may see
    static List<Probe> of(Batch batch, boolean paged) {
        List<Probe> probes = new ArrayList<>();
        if (batch.result().isEmpty() || batch.keys().stream().allMatch(count -> count == 0)) {
            return probes;
        }
        if (paged) {
            probes.add(new Probe("poisoned-padding", false, "what no sequence has in use reaches the result"));
        }
        probes.add(new Probe("uniform-scores", false, "keys are missing, repeated or seen through the mask"));
        probes.add(new Probe("constant-values", false, "probabilities are not divided by their sum"));
        return probes;
    }
}
