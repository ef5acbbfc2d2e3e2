package dev.assay.operator.optimizer;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature.AttributeSpec;
import java.util.List;
import java.util.Optional;

/// A step of gradient descent with momentum, as ONNX has it.
///
/// ```
/// G = norm_coefficient · X + gradient
/// V_new = alpha · V + (T > 0 ? beta : 1) · G
/// X_new = X - R · (mode = nesterov ? G + alpha · V_new : V_new)
/// ```
///
/// - source: ONNX ai.onnx.preview.training Momentum-1
public final class Momentum extends VariadicStep {
    public Momentum() {
        super(
                "momentum",
                "Momentum",
                "X_new = X - R · (alpha · V + beta · (norm_coefficient · X + G))",
                List.of("momenta"),
                AttributeSpec.real("alpha", 0.9, "what stays of the momentum; ONNX has no default"),
                AttributeSpec.real(
                        "beta", 1, "how much of a gradient counts after the first update; ONNX has no default"),
                AttributeSpec.real("norm_coefficient", 0, "how much of the parameter joins its gradient"),
                new AttributeSpec(
                        "mode",
                        Attribute.Text.class,
                        Optional.of(new Attribute.Text("standard")),
                        "standard, or nesterov: the gradient counts once more"));
    }

    @Override
    protected void check(Call call) {
        String mode = call.attributes().text("mode");
        require(
                mode.equals("standard") || mode.equals("nesterov"),
                "mode is '" + mode + "'",
                "attribute mode",
                "give standard or nesterov");
    }

    @Override
    protected double flops() {
        return 8;
    }

    @Override
    protected Step step(Call call, Scalars scalars, Approx rate, long count) {
        double norm = call.attributes().real("norm_coefficient");
        Approx alpha = scalars.single(call.attributes().real("alpha"));
        Approx beta = scalars.single(count > 0 ? call.attributes().real("beta") : 1);
        boolean nesterov = call.attributes().text("mode").equals("nesterov");
        return (x, gradient, states) -> {
            Approx g = regularized(scalars, norm, x, gradient);
            Approx v = alpha.times(states[0]).plus(beta.times(g));
            Approx direction = nesterov ? g.plus(alpha.times(v)) : v;
            return new Approx[] {x.minus(rate.times(direction)), v};
        };
    }

    /// The count decides whether beta counts.
    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of(Rereading.of(call, inputs)
                .constant("T", call.input("T"), List.of(count(call) > 0 ? 0L : 1L))
                .as("off-by-one", "the first update is taken for another, or another for the first"));
    }
}
