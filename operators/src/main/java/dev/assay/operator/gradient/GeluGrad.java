package dev.assay.operator.gradient;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.ErrorFunction;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Inputs;
import dev.assay.operator.Misreading;
import dev.assay.operator.Operator;
import dev.assay.operator.Rereading;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.operator.elementwise.Gelu;
import java.util.List;
import java.util.Optional;

/// Gradient of the Gaussian error linear unit: `dX = dY (Φ(X) + X φ(X))`, with the normal distribution
/// function and its density; or that of the form by tanh.
///
/// - with `t = tanh(√(2/π) (X + 0.044715 X³))` the second is
///   `dY ((1 + t) / 2 + X / 2 (1 - t²) √(2/π) (1 + 3 · 0.044715 X²))`; where a power of X leaves the
///   range it is open
/// - source: derivative of ONNX Gelu-20; torch.ops.aten.gelu_backward, PyTorch 2.9
public final class GeluGrad extends InputGradient {
    /// Hendrycks and Gimpel 2016: sqrt(2/pi) and 0.044715.
    private static final double ROOT = Math.sqrt(2 / Math.PI);

    private static final double CUBE = 0.044715;

    public GeluGrad() {
        super(
                "gelu_grad",
                about(
                        "dX = dY (Φ(X) + X φ(X)), or the derivative of the form by tanh",
                        "derivative of ONNX Gelu-20; torch.ops.aten.gelu_backward, PyTorch 2.9"),
                new AttributeSpec(
                        "approximate",
                        Attribute.Text.class,
                        Optional.of(new Attribute.Text("none")),
                        "none, or tanh, as in gelu"));
    }

    @Override
    public Operator forward() {
        return new Gelu();
    }

    @Override
    void check(Call call) {
        String form = call.attributes().text("approximate");
        require(
                form.equals("none") || form.equals("tanh"),
                "approximate '" + form + "'",
                "attribute approximate",
                "give none or tanh");
    }

    @Override
    double flops() {
        return 24;
    }

    @Override
    List<Formula> formulas(Call call, WorkingArithmetic arithmetic) {
        boolean tanh = call.attributes().text("approximate").equals("tanh");
        double largest = Math.cbrt(arithmetic.type().maxFinite() / 4);
        return List.of(x -> {
            if (tanh && Math.abs(x[1].value()) > largest) {
                return arithmetic.anything();
            }
            Approx slope = tanh ? byTanh(x[1], arithmetic) : byErf(x[1], arithmetic);
            return x[0].times(slope);
        });
    }

    private static Approx byErf(Approx x, WorkingArithmetic arithmetic) {
        Approx below =
                x.times(Math.sqrt(0.5)).monotonic(ErrorFunction::erf).plus(1).times(0.5);
        Approx bell = x.squared().times(-0.5).exp().times(1 / Math.sqrt(2 * Math.PI));
        // Beyond the largest square the density is 0 in any case.
        boolean far = Double.isFinite(x.value()) && Math.abs(x.value()) > 0x1p60;
        return far ? below.plus(arithmetic.of(0)) : below.plus(x.times(bell));
    }

    private static Approx byTanh(Approx x, WorkingArithmetic arithmetic) {
        Approx square = x.squared();
        Approx inner = square.times(x).times(CUBE).plus(x).times(ROOT);
        Approx t = inner.monotonic(Math::tanh);
        Approx left = t.plus(1).times(0.5);
        Approx rest = arithmetic.constant(1).minus(t.squared());
        Approx slope = square.times(3 * CUBE).plus(1).times(ROOT);
        return left.plus(x.times(0.5).times(rest).times(slope));
    }

    @Override
    public List<Misreading> misreadings(Call call, Inputs inputs) {
        boolean tanh = call.attributes().text("approximate").equals("tanh");
        return List.of(Rereading.of(call, inputs)
                .attribute("approximate", new Attribute.Text(tanh ? "none" : "tanh"))
                .as("attribute", "the derivative is that of the other form of GELU"));
    }
}
