package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Product: `C = A · B; integers wrap`.
///
/// - source: ONNX Mul-14
public final class Mul extends Elementwise {
    public Mul() {
        super("mul", "Mul", about("C = A · B; integers wrap", "ONNX Mul-14"), binary(Signature.numbers()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].times(x[1]);
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> x[0] * x[1];
    }
}
