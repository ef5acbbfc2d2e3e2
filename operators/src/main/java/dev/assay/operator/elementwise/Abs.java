package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Magnitude: `Y = |X|; the smallest integer wraps`.
///
/// - source: ONNX Abs-13
public final class Abs extends Elementwise {
    public Abs() {
        super("abs", "Abs", exact("Y = |X|; the smallest integer wraps", "ONNX Abs-13"), unary(Signature.numbers()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].abs();
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        boolean unsigned = isUnsigned(call);
        return x -> unsigned ? x[0] : Math.abs(x[0]);
    }
}
