package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.About;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.Signature.Parameter;
import dev.assay.tensor.DType;
import java.util.List;

/// A step of gradient descent with momentum.
///
/// ```
/// g = (maximize ? -grad : grad) + weight_decay · param
/// b = is_first_step ? g : momentum · momentum_buffer + (1 - dampening) · g
/// param_out = param - lr · (nesterov ? g + momentum · b : b)
/// ```
///
/// - without momentum there is no buffer, and `b` is `g`
/// - in the first step the buffer is not read, and nothing is dampened
/// - nesterov asks for momentum without dampening
/// - source: torch.optim.SGD of PyTorch 2
public final class Sgd extends TensorStep {
    private static final String BUFFER = "momentum_buffer";

    /// How the step is read: right, or as kernels are known to misread it.
    enum Form {
        PLAIN,
        /// The decay shrinks the parameter and leaves the momentum alone.
        DECOUPLED,
        /// The gradient is dampened in the first step too.
        FIRST_DAMPENED,
        /// The parameter is stepped by the buffer that was there.
        OLD_BUFFER
    }

    private final Form form;

    public Sgd() {
        this(Form.PLAIN);
    }

    private Sgd(Form form) {
        super(
                "sgd",
                new About(
                        "param_out = param - lr · (momentum · momentum_buffer + (1 - dampening) · grad)",
                        "torch.optim.SGD",
                        About.Errors.ELEMENTWISE),
                signature(
                        List.of(Parameter.optional(BUFFER, "S", Signature.floats(), "running sum, like param")),
                        false,
                        AttributeSpec.real("lr", 1e-3, "learning rate, 0 or more"),
                        AttributeSpec.real("momentum", 0, "what stays of the buffer, 0 or more"),
                        AttributeSpec.real("dampening", 0, "what a gradient lacks of counting in full"),
                        AttributeSpec.real(
                                "weight_decay", 0, "how much of the parameter joins its gradient, 0 or more"),
                        AttributeSpec.integer("nesterov", 0, "1: the gradient counts once more"),
                        AttributeSpec.integer("maximize", 0, "1: the gradient counts with the other sign"),
                        AttributeSpec.integer("is_first_step", 0, "1: the buffer is not read")));
        this.form = form;
    }

    @Override
    protected void check(Call call) {
        checkRange(call, "lr", 0, Double.MAX_VALUE);
        checkRange(call, "momentum", 0, Double.MAX_VALUE);
        checkRange(call, "weight_decay", 0, Double.MAX_VALUE);
        checkRange(call, "dampening", -Double.MAX_VALUE, Double.MAX_VALUE);
        flag(call, "maximize");
        flag(call, "is_first_step");
        double momentum = call.attributes().real("momentum");
        require(
                momentum == 0 ^ call.hasInput(BUFFER),
                "momentum is " + momentum + " and there is " + (call.hasInput(BUFFER) ? "a " : "no ") + BUFFER,
                "input " + BUFFER,
                "give a buffer where there is momentum, and nowhere else");
        require(
                !flag(call, "nesterov") || (momentum > 0 && call.attributes().real("dampening") == 0),
                "nesterov with momentum " + momentum + " and dampening "
                        + call.attributes().real("dampening"),
                "attribute nesterov",
                "give momentum above 0 and no dampening");
    }

    @Override
    protected double flops() {
        return 8;
    }

    @Override
    protected Step step(Call call, WorkingArithmetic arithmetic) {
        Scalars scalars = new Scalars(arithmetic);
        double decay = call.attributes().real("weight_decay");
        Approx lr = scalars.number(call.attributes().real("lr"));
        Approx momentum = scalars.number(call.attributes().real("momentum"));
        Approx weight = scalars.complement(scalars.number(call.attributes().real("dampening")));
        Approx shrink = scalars.number(1 - call.attributes().real("lr") * decay);
        boolean buffered = call.hasInput(BUFFER);
        boolean first = flag(call, "is_first_step");
        boolean nesterov = flag(call, "nesterov");
        boolean ascent = flag(call, "maximize");
        boolean coupled = decay != 0 && form != Form.DECOUPLED;
        DType buffers = type(call, BUFFER);
        return (param, grad, states) -> {
            Approx gradient = ascent ? grad.negated() : grad;
            Approx g = coupled ? gradient.plus(scalars.number(decay).times(param)) : gradient;
            Approx fresh = !first || form == Form.FIRST_DAMPENED ? weight.times(g) : g;
            Approx buffer =
                    !buffered ? g : first ? fresh : momentum.times(states[0]).plus(fresh);
            Approx kept = form == Form.OLD_BUFFER ? states[0] : buffered ? scalars.kept(buffer, buffers) : g;
            Approx direction = nesterov ? g.plus(momentum.times(kept)) : kept;
            Approx from = form == Form.DECOUPLED ? param.times(shrink) : param;
            return new Approx[] {from.minus(lr.times(direction)), buffer};
        };
    }

    /// The decay where AdamW has it, and the buffer as it was.
    @Override
    protected List<Misreading> formulas(Call call, Rereading right) {
        Misreading decoupled = right.as("scale", "the decay shrinks the parameter and not the gradient")
                .by(new Sgd(Form.DECOUPLED));
        return call.hasInput(BUFFER)
                ? List.of(
                        decoupled,
                        right.as("scale", "the first gradient is dampened").by(new Sgd(Form.FIRST_DAMPENED)),
                        right.as("operand-ignored", "the step is that of the buffer that was there")
                                .by(new Sgd(Form.OLD_BUFFER)))
                : List.of(decoupled);
    }
}
