package dev.assay.baselines.simulated.faults;

import dev.assay.backend.Call;
import dev.assay.baselines.simulated.AttentionNumerics;
import dev.assay.baselines.simulated.Calls;
import dev.assay.baselines.simulated.Fault;
import java.util.List;

/// The soft cap comes before the scale.
final class SoftcapFirst extends Fault {
    SoftcapFirst() {
        super(
                "softcap-first",
                "A19",
                List.of("bound"),
                List.of("scale"),
                "scores are capped before they are scaled",
                "attention",
                "varlen_attention",
                "paged_attention");
    }

    @Override
    public AttentionNumerics attention(AttentionNumerics numerics) {
        return numerics.capsFirst();
    }

    /// `scale * cap * tanh(q k / cap)` is what a cap of `scale * cap` gives.
    @Override
    public Call misread(Call call) {
        long size = call.input("q").shape().dim(-1);
        double scale = call.attributes().findReal("scale").orElse(1 / Math.sqrt((double) size));
        return Calls.real(call, "softcap", scale * call.attributes().real("softcap"));
    }
}
