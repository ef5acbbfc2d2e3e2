package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;
import dev.assay.tensor.Fill;
import dev.assay.tensor.Fills;

/// Natural logarithm: `Y = ln X`.
///
/// - source: ONNX Log-13
public final class Log extends Elementwise {
    public Log() {
        super("log", "Log", about("Y = ln X", "ONNX Log-13"), unary(Signature.floats()));
    }

    @Override
    protected double flops() {
        return 8;
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].monotonic(Math::log);
    }

    /// Within the domain, where a data set leaves the choice.
    @Override
    public Fill fill(Call call, String input, Fill dataSet) {
        return Fills.nameOf(dataSet).equals("normal") ? Fills.of("stagnating", 2) : super.fill(call, input, dataSet);
    }
}
