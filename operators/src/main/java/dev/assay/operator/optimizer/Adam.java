package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature.AttributeSpec;
import java.util.ArrayList;
import java.util.List;

/// A step of Adam, as ONNX has it.
///
/// ```
/// G = norm_coefficient · X + gradient
/// V_new = alpha · V + (1 - alpha) · G
/// H_new = beta · H + (1 - beta) · G²
/// r = T > 0 ? R · sqrt(1 - beta^T) / (1 - alpha^T) : R
/// X_new = (1 - norm_coefficient_post) · (X - r · V_new / (sqrt(H_new) + epsilon))
/// ```
///
/// - epsilon is added to the root of what is not corrected, other than PyTorch has it
/// - source: ONNX ai.onnx.preview.training Adam-1
public final class Adam extends VariadicStep {
    /// How the step is read: right, or as kernels are known to misread it.
    enum Form {
        PLAIN,
        EPSILON_INSIDE,
        /// Epsilon added to the root of the corrected average, as PyTorch has it.
        EPSILON_LAST,
        OLD_SQUARES,
        /// The decay after the update takes the parameter that was there.
        DECAY_FIRST,
        /// The decay goes around the averages.
        DECOUPLED
    }

    private final Form form;

    public Adam() {
        this(Form.PLAIN);
    }

    private Adam(Form form) {
        super(
                "adam",
                "Adam",
                "X_new = (1 - norm_coefficient_post) · (X - R · sqrt(1 - beta^T) / (1 - alpha^T) · V_new / (sqrt(H_new)"
                        + " + epsilon))",
                List.of("averages of gradients", "averages of their squares"),
                AttributeSpec.real("alpha", 0.9, "of the first average"),
                AttributeSpec.real("beta", 0.999, "of the second average"),
                AttributeSpec.real("epsilon", 1e-6, "added to the root"),
                AttributeSpec.real("norm_coefficient", 0, "how much of the parameter joins its gradient"),
                AttributeSpec.real("norm_coefficient_post", 0, "how much of the parameter goes after the update"));
        this.form = form;
    }

    @Override
    protected double flops() {
        return 16;
    }

    @Override
    protected int squares() {
        return 3;
    }

    @Override
    protected Step step(Call call, Scalars scalars, Approx rate, long count) {
        double norm = call.attributes().real("norm_coefficient");
        Approx alpha = scalars.single(call.attributes().real("alpha"));
        Approx beta = scalars.single(call.attributes().real("beta"));
        Approx epsilon = scalars.single(call.attributes().real("epsilon"));
        Approx stays = scalars.complement(scalars.single(call.attributes().real("norm_coefficient_post")));
        boolean corrected = count > 0;
        Approx first = corrected ? scalars.correction(alpha, count) : scalars.number(1);
        Approx second = corrected ? scalars.correction(beta, count).sqrt() : scalars.number(1);
        Approx r = corrected ? rate.times(second).dividedBy(first) : rate;
        return (x, gradient, states) -> {
            Approx g = regularized(scalars, form == Form.DECOUPLED ? 0 : norm, x, gradient);
            Approx v = scalars.average(alpha, states[0], scalars.complement(alpha), g);
            Approx h = scalars.average(beta, states[1], scalars.complement(beta), g.squared());
            Approx squares = form == Form.OLD_SQUARES ? states[1] : h;
            Approx divisor = switch (form) {
                case EPSILON_INSIDE -> squares.plus(epsilon).sqrt();
                case EPSILON_LAST -> squares.sqrt().plus(epsilon.times(second));
                default -> squares.sqrt().plus(epsilon);
            };
            Approx update =
                    r.times(v.dividedBy(divisor)).orOverflowing(r.times(v).dividedBy(divisor));
            Approx from = form == Form.DECOUPLED
                    ? x.minus(rate.times(scalars.single(norm)).times(x))
                    : x;
            Approx stepped = form == Form.DECAY_FIRST
                    ? from.times(stays).minus(update)
                    : from.minus(update).times(stays);
            return new Approx[] {stepped, v, h};
        };
    }

    /// AdamW, PyTorch's place of epsilon, and the count as others have it.
    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        List<Misreading> all = new ArrayList<>();
        all.add(right.as("other-operator", "the decay is that of AdamW").by(new Adam(Form.DECOUPLED)));
        all.add(right.as("scale", "the decay takes the parameter before the update")
                .by(new Adam(Form.DECAY_FIRST)));
        all.add(right.as("epsilon", "epsilon is added under the root").by(new Adam(Form.EPSILON_INSIDE)));
        all.add(right.as("epsilon", "epsilon is added after the correction").by(new Adam(Form.EPSILON_LAST)));
        all.add(right.as("operand-ignored", "the second average that was there divides")
                .by(new Adam(Form.OLD_SQUARES)));
        all.add(right.constant("T", call.input("T"), List.of(count(call) + 1))
                .as("off-by-one", "the count is one too high"));
        if (count(call) > 0) {
            all.add(right.constant("T", call.input("T"), List.of(0L)).as("scale", "the averages are not corrected"));
        }
        return all;
    }
}
