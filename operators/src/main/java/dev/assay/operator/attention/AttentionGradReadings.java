package dev.assay.operator.attention;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Rereading;
import dev.assay.operator.attention.AttentionGradient.Slip;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Wrong readings of the gradients of attention.
final class AttentionGradReadings {
    private AttentionGradReadings() {}

    /// @param variant makes the operator that forgets something
    static List<Misreading> all(Call call, Inputs inputs, AttentionPlan plan, Function<Slip, Operator> variant) {
        Rereading right = Rereading.of(call, inputs);
        List<Misreading> all = new ArrayList<>();
        all.add(right.as("operand-ignored", "D, the sum of dY times Y of a query, is not subtracted from dP")
                .by(variant.apply(Slip.DELTA)));
        if (plan.scale() != 1) {
            all.add(right.as("scale", "the gradient of the keys is not multiplied with the scale")
                    .by(variant.apply(Slip.KEY_SCALE)));
        }
        if (plan.h() > plan.g()) {
            all.add(right.as("head-mapping", "keys and values have the gradient of the last head of a group alone")
                    .by(variant.apply(Slip.LAST_HEAD)));
        }
        if (plan.cap() > 0) {
            all.add(right.as("attribute", "the slope of the soft cap is taken for 1")
                    .by(variant.apply(Slip.CAP_SLOPE)));
            all.add(right.attribute("softcap", new Attribute.Real(0)).as("attribute", "the soft cap is ignored"));
        }
        if (plan.causal()) {
            all.add(right.attribute("is_causal", new Attribute.Int(0)).as("mask", "the causal mask is ignored"));
        }
        if (call.hasInput("attn_mask")) {
            all.add(right.without("attn_mask").as("mask", "the mask is ignored"));
        }
        if (call.hasInput("dropout_mask")) {
            all.add(right.without("dropout_mask")
                    .attribute("dropout", new Attribute.Real(0))
                    .as("operand-ignored", "the mask of the dropout is not used again"));
        }
        return all;
    }
}
