package dev.assay.operator.loss;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Wrong readings that kernels of losses are known for.
final class LossReadings {
    private static final long NO_LABEL = Long.MIN_VALUE;

    private LossReadings() {}

    /// @param weights input that has the weights of the classes; empty if there is none
    static List<Misreading> of(Call call, Inputs inputs, String weights) {
        List<Misreading> all = new ArrayList<>();
        String reduction = call.attributes().text("reduction");
        if (reduction.equals("mean")) {
            all.add(Rereading.of(call, inputs)
                    .attribute("reduction", new Attribute.Text("sum"))
                    .as("attribute", "losses are added up and not divided"));
        }
        if (!weights.isEmpty() && call.hasInput(weights)) {
            all.add(Rereading.of(call, inputs).without(weights).as("operand-ignored", "the weights are ignored"));
        }
        for (String attribute : List.of("label_smoothing", "z_loss")) {
            Optional<Attribute> given = call.attributes().find(attribute);
            if (given.isPresent() && !given.get().equals(new Attribute.Real(0))) {
                all.add(Rereading.of(call, inputs)
                        .attribute(attribute, new Attribute.Real(0))
                        .as("attribute", attribute + " is ignored"));
            }
        }
        if (call.attributes().has("ignore_index") && call.attributes().integer("ignore_index") >= 0) {
            all.add(Rereading.of(call, inputs)
                    .attribute("ignore_index", new Attribute.Int(NO_LABEL))
                    .as("attribute", "rows to be ignored count"));
        }
        return all;
    }
}
