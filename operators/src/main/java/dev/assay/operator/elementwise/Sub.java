package dev.assay.operator.elementwise;

import dev.assay.backend.Call;
import dev.assay.numerics.WorkingArithmetic;
import dev.assay.operator.Signature;

/// Subtraction: `C = A - B; integers wrap`.
///
/// - source: ONNX Sub-14
public final class Sub extends Elementwise {
    public Sub() {
        super("sub", "Sub", about("C = A - B; integers wrap", "ONNX Sub-14"), binary(Signature.numbers()));
    }

    @Override
    protected Formula formula(Call call, WorkingArithmetic arithmetic) {
        return x -> x[0].minus(x[1]);
    }

    @Override
    protected IntegerFormula integerFormula(Call call) {
        return x -> x[0] - x[1];
    }
}
