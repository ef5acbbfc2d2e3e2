package dev.assay.operator.elementwise;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.numerics.Approx;
import dev.assay.numerics.ErrorFunction;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import java.util.Optional;

/// Gaussian error linear unit: `Y = X / 2 · (1 + erf(X / √2)), or the form by tanh`.
///
/// - source: ONNX Gelu-20
public final class Gelu extends Elementwise {
    public Gelu() {
        super(
                "gelu",
                "Gelu",
                about("Y = X / 2 · (1 + erf(X / √2)), or the form by tanh", "ONNX Gelu-20"),
                unary(
                        Signature.floats(),
                        new AttributeSpec(
                                "approximate",
                                Attribute.Text.class,
                                Optional.of(new Attribute.Text("none")),
                                "none, or tanh: X / 2 · (1 + tanh(√(2/π) · (X + 0.044715 · X³)))")));
    }

    @Override
    protected double flops() {
        return 14;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        boolean tanh = call.attributes().text("approximate").equals("tanh");
        return x -> gelu(x[0], tanh);
    }

    /// The textbook formula; near the left tail `1 + erf` loses digits, as every kernel does that follows it.
    static Approx gelu(Approx x, boolean tanh) {
        Approx inner = tanh
                ? x.times(x).times(x).times(CUBE).plus(x).times(ROOT).monotonic(Math::tanh)
                : x.times(Math.sqrt(0.5)).monotonic(ErrorFunction::erf);
        return x.times(0.5).times(inner.plus(1));
    }

    /// Hendrycks and Gimpel 2016: sqrt(2/pi) and 0.044715.
    private static final double ROOT = Math.sqrt(2 / Math.PI);

    private static final double CUBE = 0.044715;

    @Override
    protected void check(Call call) {
        String form = call.attributes().text("approximate");
        require(
                form.equals("none") || form.equals("tanh"),
                "approximate '" + form + "'",
                "attribute approximate",
                "give none or tanh");
    }
}
