package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// Scores are scaled as for a padded head size.
final class WrongScale extends Fault {
    WrongScale() {
        super(
                "wrong-scale",
                "A13",
                List.of("bound", "rms", "bias"),
                List.of("scale"),
                "scores are scaled for a head size one larger",
                "attention",
                "flex_attention",
                "varlen_attention",
                "paged_attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.scale((right, headSize) -> right * Math.sqrt(headSize / (headSize + 1.0)));
    }

    @Override
    public Call misread(Call call) {
        long size = call.inputs().getFirst().spec().orElseThrow().shape().dim(-1);
        double scale = call.attributes().findReal("scale").orElse(1 / Math.sqrt((double) size));
        return Calls.real(call, "scale", scale * Math.sqrt(size / (size + 1.0)));
    }
}
