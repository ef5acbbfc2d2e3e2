package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;

/// Negation: `Y = -X`.
///
/// - source: ONNX Neg-13
public final class Neg extends Elementwise {
    public Neg() {
        super("neg", "Neg", exact("Y = -X", "ONNX Neg-13"), unary(signed()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].negated();
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> -x[0];
    }
}
