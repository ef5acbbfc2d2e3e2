package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;

/// Rectifier: `Y = max(X, 0)`.
///
/// - source: ONNX Relu-14
public final class Relu extends Elementwise {
    public Relu() {
        super("relu", "Relu", exact("Y = max(X, 0)", "ONNX Relu-14"), unary(signed()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].max(arithmetic.of(0));
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> Math.max(x[0], 0);
    }
}
