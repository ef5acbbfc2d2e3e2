package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;

/// Inverse function; NaN beyond -1 and 1: `Y = asin(X)`.
///
/// - source: ONNX Asin-22
public final class Asin extends Elementwise {
    public Asin() {
        super("asin", "Asin", about("Y = asin(X)", "ONNX Asin-22"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 10;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(Math::asin);
    }

    /// Within the domain, where a data set leaves the choice.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return Fills.nameOf(dataSet).equals("normal") ? Fills.of("uniform", -1, 1) : super.fill(call, input, dataSet);
    }
}
