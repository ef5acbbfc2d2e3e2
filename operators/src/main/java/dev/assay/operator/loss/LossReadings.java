package dev.assay.operator.loss;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.tensor.DType;
import dev.assay.tensor.Shape;
import dev.assay.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Wrong readings that kernels of losses are known for.
final class LossReadings {
    private static final long NO_LABEL = Long.MIN_VALUE;

    private LossReadings() {}

    /// The readings of a loss or a gradient.
    static List<Misreading> of(Loss operator, Call call, Inputs inputs) {
        String weights = operator.weights();
        List<Misreading> all = new ArrayList<>();
        String reduction = call.attributes().text("reduction");
        if (reduction.equals("mean")) {
            all.add(Rereading.of(call, inputs)
                    .attribute("reduction", new Attribute.Text("sum"))
                    .as("attribute", "losses are added up and not divided"));
        }
        if (reduction.equals("mean")) {
            all.addAll(divisors(operator, call, inputs));
        }
        if (call.hasInput("dY")) {
            Tensor dy = inputs.get("dY");
            all.add(Rereading.of(call, inputs)
                    .input("dY", dy.dtype(), dy.shape(), n -> 1)
                    .as("operand-ignored", "the gradient of the loss is taken for 1"));
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

    /// Means that are divided by something else.
    private static List<Misreading> divisors(Loss operator, Call call, Inputs inputs) {
        Labels labels = operator.labelsOf(call, inputs);
        double counted = 0;
        double weight = 0;
        for (long row = 0; row < labels.rows(); row++) {
            boolean counts = !labels.isIgnored(row) && !labels.isOpen(row);
            counted += counts ? 1 : 0;
            weight += counts ? labels.weight(row) : 0;
        }
        List<Misreading> all = new ArrayList<>();
        if (counted > 0 && counted < (double) labels.rows()) {
            double factor = counted / (double) labels.rows();
            all.add(scaled(operator, call, inputs, "rows to be ignored count in the mean", factor, weight));
        }
        if (counted > 0 && weight != counted) {
            double factor = weight / counted;
            all.add(scaled(operator, call, inputs, "the mean is over rows and not over their weights", factor, weight));
        }
        return all;
    }

    /// A loss that is a mean multiplied by a factor.
    ///
    /// @param weight of all rows that count
    private static Misreading scaled(
            Loss operator, Call call, Inputs inputs, String sentence, double factor, double weight) {
        String name = operator.weights();
        boolean alone =
                call.outputs().size() == 1 || call.outputs().get(1).spec().isEmpty();
        if (alone || name.isEmpty()) {
            return new Misreading("scale", sentence, call, inputs, factor);
        }
        // What is returned beside the loss stays as it is: the weights have the factor.
        boolean weighted = call.hasInput(name);
        return Rereading.of(call, inputs)
                .input(
                        name,
                        DType.F64,
                        Shape.of(operator.shape(call).dim(1)),
                        n -> (weighted ? inputs.get(name).get(n) : 1) * factor / weight)
                .attribute("reduction", new Attribute.Text("sum"))
                .as("scale", sentence);
    }
}
