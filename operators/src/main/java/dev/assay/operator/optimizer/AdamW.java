package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A step of Adam with decoupled weight decay.
///
/// ```
/// g = maximize ? -grad : grad
/// exp_avg_out = beta1 · exp_avg + (1 - beta1) · g
/// exp_avg_sq_out = beta2 · exp_avg_sq + (1 - beta2) · g²
/// denom = sqrt(exp_avg_sq_out / (1 - beta2^step)) + eps
/// param_out = (1 - lr · weight_decay) · param - lr · exp_avg_out / (1 - beta1^step) / denom
/// ```
///
/// - `step` counts from 1: PyTorch adds 1 before it corrects
/// - the decay takes the old parameter, and goes into neither average (Loshchilov and Hutter, Decoupled weight decay
///   regularization, ICLR 2019, algorithm 2)
/// - source: torch.optim.AdamW of PyTorch 2, without amsgrad
public final class AdamW extends TensorStep {
    /// How the step is read: right, or as kernels are known to misread it.
    enum Form {
        DECOUPLED,
        /// The decay is added to the gradient, as in Adam (FlagGems issue 4988).
        COUPLED,
        /// The decay takes the parameter after the update.
        DECAY_LAST,
        /// Epsilon under the root.
        EPSILON_INSIDE,
        /// Epsilon added before the second average is corrected.
        EPSILON_FIRST,
        /// Neither average is corrected.
        UNCORRECTED,
        /// The second average that was there divides.
        OLD_SQUARES
    }

    private final Form form;

    public AdamW() {
        this(Form.DECOUPLED);
    }

    private AdamW(Form form) {
        super(
                "adamw",
                new About(
                        "param_out = (1 - lr · weight_decay) · param - lr · m / (1 - beta1^step) / (sqrt(v / (1 - beta2^step))"
                                + " + eps)",
                        "torch.optim.AdamW",
                        About.Errors.ELEMENTWISE),
                signature(
                        List.of(
                                state("exp_avg", "running average of gradients"),
                                state("exp_avg_sq", "running average of their squares")),
                        true,
                        AttributeSpec.real("lr", 1e-3, "learning rate, 0 or more"),
                        AttributeSpec.real("beta1", 0.9, "of the first average, in [0, 1)"),
                        AttributeSpec.real("beta2", 0.999, "of the second average, in [0, 1)"),
                        AttributeSpec.real("eps", 1e-8, "added to the root, 0 or more"),
                        AttributeSpec.real("weight_decay", 1e-2, "decay per step and learning rate, 0 or more"),
                        AttributeSpec.integer("maximize", 0, "1: the gradient counts with the other sign")));
        this.form = form;
    }

    @Override
    protected void check(Call call) {
        checkRange(call, "lr", 0, Double.MAX_VALUE);
        checkRange(call, "beta1", 0, 1);
        checkRange(call, "beta2", 0, 1);
        checkRange(call, "eps", 0, Double.MAX_VALUE);
        checkRange(call, "weight_decay", 0, Double.MAX_VALUE);
        flag(call, "maximize");
    }

    @Override
    protected double flops() {
        return 16;
    }

    @Override
    protected Set<String> squares() {
        return Set.of("exp_avg_sq");
    }

    @Override
    protected Step step(Call call, WorkingArithmetic arithmetic) {
        Scalars scalars = new Scalars(arithmetic);
        double rate = call.attributes().real("lr");
        double decay = call.attributes().real("weight_decay");
        boolean corrected = form != Form.UNCORRECTED;
        Approx lr = scalars.number(rate);
        Approx beta1 = scalars.number(call.attributes().real("beta1"));
        Approx beta2 = scalars.number(call.attributes().real("beta2"));
        Approx epsilon = scalars.number(call.attributes().real("eps"));
        Approx stays = scalars.number(1 - rate * decay);
        Approx one = scalars.number(1);
        Approx first = corrected ? scalars.correction(beta1, number(call)) : one;
        Approx second = corrected ? scalars.correction(beta2, number(call)) : one;
        boolean ascent = flag(call, "maximize");
        DType averages = type(call, "exp_avg");
        DType ofSquares = type(call, "exp_avg_sq");
        return (param, grad, states) -> {
            Approx gradient = ascent ? grad.negated() : grad;
            Approx g =
                    form == Form.COUPLED ? gradient.plus(scalars.number(decay).times(param)) : gradient;
            Approx m = scalars.average(beta1, states[0], scalars.complement(beta1), g);
            Approx v = scalars.average(beta2, states[1], scalars.complement(beta2), g.squared());
            Approx squares = form == Form.OLD_SQUARES ? states[1] : scalars.kept(v, ofSquares);
            Approx divisor = divisor(squares, second, epsilon);
            Approx average = scalars.kept(m, averages);
            // The rate meets the corrected average, or the correction first.
            Approx update = lr.dividedBy(first).times(average.dividedBy(divisor));
            update = update.orOverflowing(lr.times(average.dividedBy(first).dividedBy(divisor)));
            Approx stepped = switch (form) {
                case COUPLED -> param.minus(update);
                case DECAY_LAST -> param.minus(update).times(stays);
                // Where the decay is part of the update, an infinite parameter less its decay is NaN.
                default ->
                    decay != 0 && Double.isInfinite(param.value())
                            ? arithmetic.anything()
                            : param.times(stays).minus(update);
            };
            return new Approx[] {stepped, m, v};
        };
    }

    private Approx divisor(Approx squares, Approx correction, Approx epsilon) {
        return switch (form) {
            case EPSILON_INSIDE -> squares.dividedBy(correction).plus(epsilon).sqrt();
            case EPSILON_FIRST -> squares.sqrt().plus(epsilon).dividedBy(correction.sqrt());
            default ->
                squares.sqrt()
                        .dividedBy(correction.sqrt())
                        .orOverflowing(squares.dividedBy(correction).sqrt())
                        .plus(epsilon);
        };
    }

    /// Other optimizers of the same states, and the step's number as others count it.
    @Override
    protected List<Misreading> formulas(Call call, Rereading right) {
        List<Misreading> all = new ArrayList<>();
        all.add(right.as("other-operator", "the decay is added to the gradient, as in Adam")
                .by(new AdamW(Form.COUPLED)));
        all.add(right.as("scale", "the decay takes the parameter after the update")
                .by(new AdamW(Form.DECAY_LAST)));
        all.add(right.as("epsilon", "epsilon is added under the root").by(new AdamW(Form.EPSILON_INSIDE)));
        all.add(right.as("epsilon", "epsilon is added before the correction").by(new AdamW(Form.EPSILON_FIRST)));
        all.add(right.as("scale", "the averages are not corrected").by(new AdamW(Form.UNCORRECTED)));
        all.add(right.as("operand-ignored", "the second average that was there divides")
                .by(new AdamW(Form.OLD_SQUARES)));
        long number = number(call);
        all.add(right.constant("step", call.input("step"), List.of(number + 1))
                .as("off-by-one", "the step is counted one too high"));
        if (number > 1) {
            all.add(right.constant("step", call.input("step"), List.of(number - 1))
                    .as("off-by-one", "the step is counted one too low"));
        }
        return all;
    }
}
