package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;

/// Inverse hyperbolic cosine; NaN below 1: `Y = acosh(X)`.
///
/// - source: ONNX Acosh-22
public final class Acosh extends Elementwise {
    public Acosh() {
        super("acosh", "Acosh", about("Y = acosh(X)", "ONNX Acosh-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 12;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(Hyperbolic::acosh);
    }

    /// Within the domain, where a data set leaves the choice.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return Fills.nameOf(dataSet).equals("normal") ? Fills.of("uniform", 1, 20) : super.fill(call, input, dataSet);
    }
}
