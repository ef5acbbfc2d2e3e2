package dev.assay.operator.gradient;

import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.elementwise.Swish;
import java.util.List;

/// Gradient of swish, with alpha 1 of SiLU: `dX = dY · s · (1 + alpha · X · (1 - s))`, `s` the logistic
/// function of `alpha · X`.
///
/// - source: derivative of ONNX Swish-24; with alpha 1 torch.ops.aten.silu_backward, PyTorch 2.9
public final class SwishGrad extends InputGradient {
    /// Whether the sigmoid is differentiated too.
    private final boolean slopes;

    public SwishGrad() {
        this(true);
    }

    private SwishGrad(boolean slopes) {
        super(
                "swish_grad",
                about(
                        "dX = dY · s · (1 + alpha · X · (1 - s)), s = 1 / (1 + exp(-alpha · X))",
                        "derivative of ONNX Swish-24; torch.ops.aten.silu_backward, PyTorch 2.9"),
                AttributeSpec.real("alpha", 1, "slope of the sigmoid"));
        this.slopes = slopes;
    }

    @Override
    public Operator forward() {
        return new Swish();
    }

    @Override
    double flops() {
        return 9;
    }

    @Override
    List<Formula> formulas(Call call, WorkingArithmetic arithmetic) {
        double alpha = call.attributes().real("alpha");
        return List.of(x -> {
            Gate gate = Gate.of(x[1], alpha, arithmetic);
            return slopes ? gate.backward(x[0]) : x[0].times(gate.sigmoid());
        });
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        return List.of(Rereading.of(call, inputs)
                .as("terms-missing", "the derivative of the sigmoid is left out")
                .by(new SwishGrad(false)));
    }

    /// The steps that swish and the units gated by it share.
    ///
    /// @param x where the gate is taken
    /// @param scaled by alpha
    /// @param sigmoid of that
    record Gate(WorkingArithmetic arithmetic, Approx x, Approx scaled, Approx sigmoid) {
        static Gate of(Approx x, double alpha, WorkingArithmetic arithmetic) {
            Approx scaled = alpha == 1 ? x : x.times(alpha);
            Approx sigmoid =
                    arithmetic.constant(1).dividedBy(scaled.negated().exp().plus(1));
            return new Gate(arithmetic, x, scaled, sigmoid);
        }

        /// The swish itself.
        Approx value() {
            return x.times(sigmoid);
        }

        /// The derivative times this, in the orders that kernels take.
        Approx backward(Approx dy) {
            Approx rest = arithmetic.constant(1).minus(sigmoid);
            Approx slope = sigmoid.times(scaled.times(rest).plus(1));
            Approx other = sigmoid.plus(scaled.times(sigmoid).times(rest));
            return dy.times(slope)
                    .orOverflowing(dy.times(other))
                    .orOverflowing(dy.times(sigmoid).times(scaled.times(rest).plus(1)));
        }
    }
}
