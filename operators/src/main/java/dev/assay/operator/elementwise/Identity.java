package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Copy: `Y = X`.
///
/// - source: ONNX Identity-25
public final class Identity extends Elementwise {
    public Identity() {
        super("identity", "Identity", exact("Y = X", "ONNX Identity-25"), unary(Signature.all()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0];
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> x[0];
    }
}
