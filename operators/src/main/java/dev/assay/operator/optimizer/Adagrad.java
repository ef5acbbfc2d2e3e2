package dev.assay.operator.optimizer;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature.AttributeSpec;
import java.util.List;

/// A step with a rate for each coordinate, which falls with all squared gradients there were.
///
/// ```
/// r = R / (1 + T · decay_factor)
/// G = norm_coefficient · X + gradient
/// H_new = H + G²
/// X_new = X - r · G / (sqrt(H_new) + epsilon)
/// ```
///
/// - source: ONNX ai.onnx.preview.training Adagrad-1
public final class Adagrad extends VariadicStep {
    private final boolean epsilonInside;
    private final boolean oldSquares;

    public Adagrad() {
        this(false, false);
    }

    private Adagrad(boolean epsilonInside, boolean oldSquares) {
        super(
                "adagrad",
                "Adagrad",
                "X_new = X - R / (1 + T · decay_factor) · G / (sqrt(H + G · G) + epsilon)",
                List.of("accumulated squares of gradients"),
                AttributeSpec.real("decay_factor", 0, "how the rate falls with the count"),
                AttributeSpec.real("epsilon", 1e-6, "added to the root"),
                AttributeSpec.real("norm_coefficient", 0, "how much of the parameter joins its gradient"));
        this.epsilonInside = epsilonInside;
        this.oldSquares = oldSquares;
    }

    @Override
    protected double flops() {
        return 9;
    }

    @Override
    protected int squares() {
        return 2;
    }

    @Override
    protected Step step(Call call, Scalars scalars, Approx rate, long count) {
        double norm = call.attributes().real("norm_coefficient");
        Approx epsilon = scalars.single(call.attributes().real("epsilon"));
        Approx slower = scalars.single(call.attributes().real("decay_factor"))
                .times(scalars.number((double) count))
                .plus(1);
        Approx r = rate.dividedBy(slower);
        return (x, gradient, states) -> {
            Approx g = regularized(scalars, norm, x, gradient);
            Approx h = states[0].plus(g.squared());
            Approx squares = oldSquares ? states[0] : h;
            Approx divisor = epsilonInside
                    ? squares.plus(epsilon).sqrt()
                    : squares.sqrt().plus(epsilon);
            Approx update = r.times(g).dividedBy(divisor).orOverflowing(r.times(g.dividedBy(divisor)));
            return new Approx[] {x.minus(update), h};
        };
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        Rereading right = Rereading.of(call, inputs);
        return List.of(
                right.as("epsilon", "epsilon is added under the root").by(new Adagrad(true, false)),
                right.as("operand-ignored", "the squares that were there divide")
                        .by(new Adagrad(false, true)),
                right.constant("T", call.input("T"), List.of(count(call) + 1))
                        .as("off-by-one", "the count is one too high"));
    }
}
