package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature.AttributeSpec;
import java.util.List;

/// A step along the signs of an average.
///
/// ```
/// param_out = (1 - lr · weight_decay) · param - lr · sign(beta1 · exp_avg + (1 - beta1) · grad)
/// exp_avg_out = beta2 · exp_avg + (1 - beta2) · grad
/// ```
///
/// - the average that is kept has another beta than the one that is stepped along
/// - where an error may change the sign, any step between those of the two signs will do; the sign of 0 is 0, and that
///   of NaN is open
/// - source: Chen et al., Symbolic discovery of optimization algorithms, NeurIPS 2023, program 1 and table 12
public final class Lion extends TensorStep {
    /// How the step is read: right, or as kernels are known to misread it.
    enum Form {
        PLAIN,
        /// The average is updated first, and its sign taken.
        UPDATED_FIRST,
        /// Both averages with the first beta.
        ONE_BETA,
        /// The decay takes the parameter after the step.
        DECAY_LAST
    }

    private final Form form;

    public Lion() {
        this(Form.PLAIN);
    }

    private Lion(Form form) {
        super(
                "lion",
                new About(
                        "param_out = (1 - lr · weight_decay) · param - lr · sign(beta1 · exp_avg + (1 - beta1) · grad)",
                        "Chen et al. 2023, Lion",
                        About.Errors.ELEMENTWISE),
                signature(
                        List.of(state("exp_avg", "running average of gradients")),
                        false,
                        AttributeSpec.real("lr", 1e-4, "learning rate, 0 or more"),
                        AttributeSpec.real("beta1", 0.9, "of the average that is stepped along, in [0, 1)"),
                        AttributeSpec.real("beta2", 0.99, "of the average that is kept, in [0, 1)"),
                        AttributeSpec.real("weight_decay", 0, "decay per step and learning rate, 0 or more")));
        this.form = form;
    }

    @Override
    protected void check(Call call) {
        checkRange(call, "lr", 0, Double.MAX_VALUE);
        checkRange(call, "beta1", 0, 1);
        checkRange(call, "beta2", 0, 1);
        checkRange(call, "weight_decay", 0, Double.MAX_VALUE);
    }

    @Override
    protected double flops() {
        return 10;
    }

    @Override
    protected Step step(Call call, WorkingArithmetic arithmetic) {
        Scalars scalars = new Scalars(arithmetic);
        double rate = call.attributes().real("lr");
        Approx lr = scalars.number(rate);
        Approx beta1 = scalars.number(call.attributes().real("beta1"));
        Approx beta2 =
                form == Form.ONE_BETA ? beta1 : scalars.number(call.attributes().real("beta2"));
        Approx stays = scalars.number(1 - rate * call.attributes().real("weight_decay"));
        return (param, grad, states) -> {
            Approx kept = scalars.average(beta2, states[0], scalars.complement(beta2), grad);
            Approx along = form == Form.UPDATED_FIRST
                    ? kept
                    : scalars.average(beta1, states[0], scalars.complement(beta1), grad);
            Approx step = signed(lr, along, arithmetic);
            Approx stepped = form == Form.DECAY_LAST
                    ? param.minus(step).times(stays)
                    : param.times(stays).minus(step);
            return new Approx[] {stepped, kept};
        };
    }

    private static Approx signed(Approx lr, Approx along, WorkingArithmetic arithmetic) {
        if (Double.isNaN(along.value())) {
            return arithmetic.anything();
        }
        if (along.error() > 0 && Math.abs(along.value()) <= along.error()) {
            return arithmetic.within(0, Math.abs(lr.value()) + lr.error());
        }
        return along.value() == 0 ? arithmetic.of(0) : along.value() > 0 ? lr : lr.negated();
    }

    @Override
    protected List<Misreading> formulas(Call call, Rereading right) {
        return List.of(
                right.as("attribute", "the step is along the average that is kept")
                        .by(new Lion(Form.UPDATED_FIRST)),
                right.as("attribute", "both averages have the first beta").by(new Lion(Form.ONE_BETA)),
                right.as("scale", "the decay takes the parameter after the step")
                        .by(new Lion(Form.DECAY_LAST)));
    }
}
